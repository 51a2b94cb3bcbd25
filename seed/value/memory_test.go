package value

import (
	"testing"

	"github.com/pgassay/pgassay/seed/random"
)

// TestMemory: what is recalled is what was remembered last of that row by that mark, or nothing.
func TestMemory(t *testing.T) {
	t.Parallel()
	var m Memory
	marks := [...]Mark{NewMark(1), NewMark(2), NewMark(2)} // two that get into each other's way
	type key struct {
		mark   int
		row    uint64
		parent bool
	}
	noted := map[key]uint64{}
	found := 0
	s := random.NewSource(1)
	for i := range uint64(20_000) {
		k := key{s.Intn(len(marks)), s.Below(300), s.Chance(0.5)}
		recall, remember := m.Recall, m.Remember
		if k.parent {
			recall, remember = m.recallParent, m.rememberParent
		}
		if got, ok := recall(&marks[k.mark], k.row); ok {
			found++
			if want, ever := noted[k]; !ever || got != want {
				t.Fatalf("%+v: recalled %d, remembered %d (%v)", k, got, want, ever)
			}
		}
		remember(&marks[k.mark], k.row, i)
		noted[k] = i
		if got, ok := recall(&marks[k.mark], k.row); !ok || got != i {
			t.Fatalf("%+v: recalled %d, %v right after %d was remembered", k, got, ok, i)
		}
	}
	if found == 0 {
		t.Error("nothing was recalled")
	}
	var none *Memory
	none.Remember(&marks[0], 1, 2)
	if _, ok := none.Recall(&marks[0], 1); ok {
		t.Error("the nil Memory remembers")
	}
}
