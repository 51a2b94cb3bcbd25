package main

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	_ "net/http/pprof" // what is captured
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// A shop is the service under test: an ordinary HTTP service in small, which looks things up, ranks them, and answers in
// JSON.
type shop struct {
	products []product
	byWord   map[string][]int
}

type product struct {
	ID    int      `json:"id"`
	Name  string   `json:"name"`
	Price float64  `json:"price"`
	Words []string `json:"words"`
}

func newShop() *shop {
	random := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("red green blue small large warm cold wool silk cotton steel oak glass paper old new light dark round long")
	s := &shop{byWord: map[string][]int{}}
	for id := range 2000 {
		p := product{ID: id, Name: fmt.Sprintf("product %d", id), Price: float64(random.IntN(10_000)) / 100}
		for range 4 {
			word := words[random.IntN(len(words))]
			p.Words = append(p.Words, word)
			s.byWord[word] = append(s.byWord[word], id)
		}
		s.products = append(s.products, p)
	}
	return s
}

// serve listens on loopback, prints the address, and serves until it is killed.
func serve() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := newShop()
	http.HandleFunc("/search", s.search)
	http.HandleFunc("/cpu", cpu)
	fmt.Println(listener.Addr())
	return http.Serve(listener, nil)
}

// search answers with the best products for a word. The parameter effort is how hard it thinks on each, and checks how often
// it looks them over afterwards.
func (s *shop) search(w http.ResponseWriter, r *http.Request) {
	effort, err := strconv.Atoi(r.FormValue("effort"))
	checks, err2 := strconv.Atoi(r.FormValue("checks"))
	if err := errors.Join(err, err2); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	found := s.find(r.FormValue("word"))
	rank(found, effort)
	if !check(found, checks) {
		http.Error(w, "a product without a name", http.StatusInternalServerError)
		return
	}
	_ = json.NewEncoder(w).Encode(found[:min(40, len(found))]) // a client that has gone away needs no answer
}

func (s *shop) find(word string) []product {
	var found []product
	for _, id := range s.byWord[word] {
		found = append(found, s.products[id])
	}
	return found
}

// rank sorts products by a score. One of the planted changes makes it slower.
func rank(products []product, effort int) {
	scores := make(map[int]uint64, len(products))
	for _, p := range products {
		scores[p.ID] = score(p, effort)
	}
	slices.SortFunc(products, func(a, b product) int { return int(scores[a.ID]&0xffff) - int(scores[b.ID]&0xffff) })
}

//go:noinline
func score(p product, effort int) uint64 {
	at := uint64(p.ID) + 1
	for range effort {
		at ^= at << 13
		at ^= at >> 7
		at ^= at << 17
	}
	sum := sha256.Sum256([]byte(p.Name))
	return at + uint64(sum[0])
}

// check looks products over, so many times. It is the other planted change: nothing calls it for before.
//
//go:noinline
func check(products []product, times int) bool {
	sum := 0
	for i := range times {
		p := products[i%len(products)]
		for j := range len(p.Name) {
			sum = sum*31 + int(p.Name[j])
		}
	}
	return times == 0 || sum != 0
}

// cpu tells the CPU time that the process has taken, in nanoseconds: what a planted change is checked by.
func cpu(w http.ResponseWriter, _ *http.Request) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		http.Error(w, errors.Join(errors.New("read CPU time"), err).Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprintln(w, usage.Utime.Nano()+usage.Stime.Nano())
}
