package repository

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os/exec"
	"testing"

	decoder "github.com/xi2/xz"
)

func TestXZ(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{0, 1, 2, 3, 4, 1<<16 - 1, 1 << 16, 1<<16 + 1, 200_000} {
		data := make([]byte, size)
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		reader, err := decoder.NewReader(bytes.NewReader(xz(data)), 0)
		if err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		got, err := io.ReadAll(reader)
		if err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		if !bytes.Equal(got, data) {
			t.Errorf("%d bytes come back as %d other ones", size, len(got))
		}
	}
}

// TestXZProgram has the reference implementation judge.
func TestXZProgram(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("xz")
	if err != nil {
		t.Skip("needs the program xz: ", err)
	}
	data := bytes.Repeat([]byte("PostgreSQL "), 20_000)
	command := exec.CommandContext(t.Context(), program, "--decompress", "--stdout")
	command.Stdin = bytes.NewReader(xz(data))
	got, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, data) {
		t.Errorf("%d bytes come back as %d other ones", len(data), len(got))
	}
}
