// Command patient is a small service with known faults, for the tests of package profile. It listens on the Unix socket
// that its one argument names, and writes a line when it does.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
)

func main() {
	listener, err := net.Listen("unix", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	s := &service{kept: map[int][]byte{}, cache: map[int][]byte{}, words: map[string]int{}}
	http.HandleFunc("/healthy", logged(s.healthy))
	http.HandleFunc("/hot", logged(s.hot))
	http.HandleFunc("/hash", logged(s.hash))
	http.HandleFunc("/leak", logged(s.leak))
	http.HandleFunc("/bounded", logged(s.bounded))
	http.HandleFunc("/step", logged(s.step))
	http.HandleFunc("/flush", logged(s.flush))
	http.HandleFunc("/goroutine", logged(s.goroutine))
	fmt.Println("listening")
	log.Fatal(http.Serve(listener, nil))
}

type service struct {
	mu    sync.Mutex
	kept  map[int][]byte
	cache map[int][]byte
	words map[string]int
	n     int
}

// logged is on every request's stack, as middleware is.
func logged(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request", strconv.Itoa(len(r.URL.Path)))
		next(w, r)
	}
}

// healthy does a bit of everything: no function of it stands out.
func (s *service) healthy(w http.ResponseWriter, r *http.Request) {
	rows := load(40)
	rank(rows)
	s.tally(rows)
	render(w, rows)
}

type row struct {
	ID    int      `json:"id"`
	Title string   `json:"title"`
	Tags  []string `json:"tags"`
}

func load(n int) []row {
	rows := make([]row, n)
	for i := range rows {
		rows[i] = row{i, title(i), tags(i)}
	}
	return rows
}

func title(i int) string { return strings.Repeat("post ", i%5+1) + strconv.Itoa(i) }

func tags(i int) []string { return strings.Split("a,b,c,"+strconv.Itoa(i), ",") }

func rank(rows []row) { sort.Slice(rows, func(i, j int) bool { return rows[i].Title > rows[j].Title }) }

func (s *service) tally(rows []row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range rows {
		s.words[r.Tags[0]]++
	}
}

func render(w http.ResponseWriter, rows []row) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(rows)
}

func (s *service) hot(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprintln(w, countPrimes(30_000))
}

// countPrimes is the planted hot spot.
//
//go:noinline
func countPrimes(limit int) int {
	found := 0
	for n := 2; n < limit; n++ {
		prime := true
		for d := 2; d*d <= n; d++ {
			if n%d == 0 {
				prime = false
				break
			}
		}
		if prime {
			found++
		}
	}
	return found
}

func (s *service) hash(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprintln(w, fingerprint(bytes.Repeat([]byte("x"), 1<<16)))
}

// fingerprint is hot in the standard library alone.
func fingerprint(content []byte) string {
	sum := sha256.Sum256(content)
	for range 20 {
		sum = sha256.Sum256(append(content, sum[:]...))
	}
	return fmt.Sprintf("%x", sum)
}

func (s *service) leak(w http.ResponseWriter, _ *http.Request) {
	s.remember(1 << 16)
	fmt.Fprintln(w, "ok")
}

// remember is the planted leak.
func (s *service) remember(size int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	s.kept[s.n] = make([]byte, size)
}

// bounded keeps the last 64 answers: it grows, and then it doesn't.
func (s *service) bounded(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	s.cache[s.n%64] = make([]byte, 1<<16)
	fmt.Fprintln(w, "ok")
}

// step keeps a lot at once.
func (s *service) step(w http.ResponseWriter, _ *http.Request) {
	s.remember(64 << 20)
	fmt.Fprintln(w, "ok")
}

// flush forgets everything, as a cache that is emptied now and then does.
func (s *service) flush(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = map[int][]byte{}
	fmt.Fprintln(w, "ok")
}

// goroutine leaves one behind that waits for ever.
func (s *service) goroutine(w http.ResponseWriter, _ *http.Request) {
	for range 5 {
		go waitForEver(make(chan int))
	}
	fmt.Fprintln(w, "ok")
}

func waitForEver(nothing chan int) { <-nothing }
