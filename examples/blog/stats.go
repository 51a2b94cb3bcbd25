package blog

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5"
)

const (
	statsTexts = 400              // how many of the latest posts the words are counted of
	statsWords = 20               // how many words are told
	statsTTL   = 30 * time.Second // how long the mended service repeats an answer
)

type wordCount struct {
	Word  string `json:"word"`
	Count int    `json:"count"`
}

type statsAnswer struct {
	Users    int64       `json:"users"` // these three are the planner's estimates
	Posts    int64       `json:"posts"`
	Comments int64       `json:"comments"`
	Words    []wordCount `json:"words"` // used most in the latest posts
}

// statsCache keeps the last answer for ttl; the zero value keeps nothing.
type statsCache struct {
	mu     sync.Mutex
	ttl    time.Duration
	made   time.Time
	answer statsAnswer
}

func (s *service) showStats(r *http.Request) (any, error) {
	if s.stats.ttl == 0 {
		return s.computeStats(r.Context())
	}
	s.stats.mu.Lock() // held while it is computed: all others wait for the one answer
	defer s.stats.mu.Unlock()
	if time.Since(s.stats.made) < s.stats.ttl {
		return s.stats.answer, nil
	}
	answer, err := s.computeStats(r.Context())
	if err == nil {
		s.stats.answer, s.stats.made = answer, time.Now()
	}
	return answer, err
}

func (s *service) computeStats(ctx context.Context) (statsAnswer, error) {
	var answer statsAnswer
	rows, err := s.pool.Query(ctx, s.sql["table_sizes"])
	if err != nil {
		return answer, err
	}
	sizes := map[string]*int64{"users": &answer.Users, "posts": &answer.Posts, "comments": &answer.Comments}
	var table string
	var size int64
	if _, err := pgx.ForEachRow(rows, []any{&table, &size}, func() error {
		*sizes[table] = size
		return nil
	}); err != nil {
		return answer, err
	}

	rows, err = s.pool.Query(ctx, s.sql["latest_texts"], statsTexts)
	if err != nil {
		return answer, err
	}
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return answer, err
	}
	if s.fixed {
		answer.Words = countWords(texts)
	} else {
		answer.Words = countWordsSlowly(texts)
	}
	answer.Words = mostUsed(answer.Words)
	return answer, nil
}

// countWordsSlowly counts the words of texts. It looks for each word from the start of what it has counted so far, so its
// time grows with the number of words times the number of different ones.
func countWordsSlowly(texts []string) []wordCount { // planted: hot-function
	var counts []wordCount
	for _, text := range texts {
		for _, word := range strings.FieldsFunc(text, notInWord) {
			word = strings.ToLower(word)
			known := false
			for i := range counts {
				if counts[i].Word == word {
					counts[i].Count++
					known = true
				}
			}
			if !known {
				counts = append(counts, wordCount{word, 1})
			}
		}
	}
	return counts
}

// countWords counts the same with a map.
func countWords(texts []string) []wordCount {
	index := map[string]int{}
	for _, text := range texts {
		for _, word := range strings.FieldsFunc(text, notInWord) {
			index[strings.ToLower(word)]++
		}
	}
	counts := make([]wordCount, 0, len(index))
	for word, count := range index {
		counts = append(counts, wordCount{word, count})
	}
	return counts
}

// mostUsed returns the words used most, in an order that does not depend on how they were counted.
func mostUsed(counts []wordCount) []wordCount {
	slices.SortFunc(counts, func(a, b wordCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Word, b.Word))
	})
	return slices.Clip(counts[:min(statsWords, len(counts))])
}

func notInWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' }
