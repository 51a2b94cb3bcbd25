package blog

import (
	"encoding/json"
	"sync"
	"time"
)

// maxPages is how many pages the mended service keeps; pageTTL is how long a page is good for in either.
const (
	maxPages = 64
	pageTTL  = time.Minute
)

// pageCache keeps answers as they were sent. It is safe for concurrent use.
type pageCache struct {
	mu    sync.Mutex
	max   int // 0: nothing is ever dropped, which is the planted fault
	pages map[string]page
	order []string // keys, oldest first; kept only where max is set
}

type page struct {
	body json.RawMessage
	made time.Time
}

func newPageCache(max int) *pageCache {
	return &pageCache{max: max, pages: map[string]page{}}
}

// get returns a page that is still good. The caller must not change it.
func (c *pageCache) get(key string) (json.RawMessage, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, ok := c.pages[key]
	if !ok || time.Since(p.made) > pageTTL {
		return nil, false
	}
	return p.body, true
}

// put keeps a copy of body and returns it.
func (c *pageCache) put(key string, body []byte) json.RawMessage {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.pages[key]; !known && c.max > 0 {
		if len(c.order) == c.max {
			delete(c.pages, c.order[0])
			c.order = append(c.order[:0], c.order[1:]...)
		}
		c.order = append(c.order, key)
	}
	kept := make(json.RawMessage, len(body)) // planted: growing-allocation
	copy(kept, body)
	c.pages[key] = page{body: kept, made: time.Now()}
	return kept
}
