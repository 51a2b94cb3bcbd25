package main

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestWriteTo: a file appears whole; what is no regular file is written to, and stays what it is.
func TestWriteTo(t *testing.T) {
	t.Parallel()
	p, folder := &program{}, t.TempDir()
	hello := func(w io.Writer) error { _, err := io.WriteString(w, "hello"); return err }
	file := filepath.Join(folder, "file")
	for range 2 { // anew, and over what is there
		if err := p.writeTo(file, hello); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != "hello" {
			t.Errorf("file: %q, %v", got, err)
		}
	}

	pipe := filepath.Join(folder, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan string)
	go func() {
		got, _ := os.ReadFile(pipe)
		read <- string(got)
	}()
	if err := p.writeTo(pipe, hello); err != nil {
		t.Error(err)
	}
	if got := <-read; got != "hello" {
		t.Errorf("pipe: %q", got)
	}
	if err := p.writeTo(folder, hello); err == nil {
		t.Error("a folder was written to")
	}
}
