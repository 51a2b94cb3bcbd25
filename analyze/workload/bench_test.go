package workload_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/pgassay/pgassay/analyze/workload"
	"github.com/pgassay/pgassay/analyze/workload/logsynth"
)

func content(b []byte) workload.Input {
	return workload.Input{Name: "log", Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }}
}

// The same executions come out of every format.
func TestFormatsAgree(t *testing.T) {
	t.Parallel()
	var want map[string]int64 // executions by database and fingerprint
	for _, format := range []logsynth.Format{logsynth.CSV, logsynth.JSON, logsynth.Stderr} {
		var log bytes.Buffer
		_, executions, err := logsynth.Write(&log, logsynth.Options{Format: format, Bytes: 1 << 20, Seed: 7})
		if err != nil {
			t.Fatal(err)
		}
		w, err := workload.Read(t.Context(), []workload.Input{content(log.Bytes())}, workload.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if w.Unread.Count > 0 {
			t.Errorf("%s: unread %q", format, w.Unread.Samples)
		}
		var count int64
		got := map[string]int64{}
		for _, s := range w.Statements {
			count += s.Count
			got[s.Database+" "+s.Fingerprint] = s.Count
			if s.User == "" || s.Database == "" || s.First.IsZero() || s.TotalTime <= 0 || len(s.Samples) == 0 {
				t.Errorf("%s: %+v", format, s)
			}
			if placeholders := bytes.Contains([]byte(s.Text()), []byte("$1")); placeholders != (len(s.Samples[0].Binds) > 0) {
				t.Errorf("%s: %s has %d binds", format, s.Text(), len(s.Samples[0].Binds))
			}
		}
		if count != executions {
			t.Errorf("%s: %d executions, want %d", format, count, executions)
		}
		if want == nil {
			want = got
		} else if len(got) != len(want) {
			t.Errorf("%s: %d statements, want %d", format, len(got), len(want))
		}
	}
	if len(want) != 26 {
		t.Errorf("%d statements, want 13 in each of two databases", len(want))
	}
}

func BenchmarkRead(b *testing.B) {
	for _, format := range []logsynth.Format{logsynth.CSV, logsynth.JSON, logsynth.Stderr} {
		b.Run(string(format), func(b *testing.B) {
			var log bytes.Buffer
			if _, _, err := logsynth.Write(&log, logsynth.Options{Format: format, Bytes: 64 << 20}); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(log.Len()))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := workload.Read(b.Context(), []workload.Input{content(log.Bytes())}, workload.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
