package value

import (
	"math"

	"github.com/pgassay/pgassay/seed/permutation"
	"github.com/pgassay/pgassay/seed/random"
	"github.com/pgassay/pgassay/seed/value/corpus"
)

// people gives every row a person of its own, so that the columns that describe it (name, address, login) agree. No two
// rows have the same person: when the names are used up, they come again with a number.
type people struct {
	first, last           corpus.Pool
	firstSlugs, lastSlugs corpus.Pool
	order                 permutation.Permutation
}

// person is a row's person.
type person struct {
	first, last int
	number      uint64 // how many of that name came before
}

func newPeople(stream random.Stream) *people {
	p := &people{
		first: corpus.FirstNames(), last: corpus.LastNames(), firstSlugs: corpus.FirstSlugs(), lastSlugs: corpus.LastSlugs(),
	}
	p.order = permutation.New(uint64(len(p.first))*uint64(len(p.last)), stream.Key())
	return p
}

func (p *people) at(row uint64) person {
	n := p.order.Len()
	i := p.order.At(row % n)
	return person{first: int(i % uint64(len(p.first))), last: int(i / uint64(len(p.first))), number: row / n}
}

// places gives every row a place, so that city, country and postal code agree.
type places struct{ stream random.Stream }

func (p *places) at(row uint64) *corpus.Place {
	s := p.stream.At(row)
	return &corpus.Places[s.Zipf(uint64(len(corpus.Places)))]
}

// coordinate gives a place's latitude and longitude, moved by up to ten kilometres, in millionths of a degree.
func (p *places) coordinate(row uint64) (latitude, longitude int64) {
	place := p.at(row)
	s := p.stream.At(row)
	s.Uint64()
	dx, dy := s.Normal()*0.03, s.Normal()*0.03
	return int64(math.Round((place.Latitude + dy) * 1e6)), int64(math.Round((place.Longitude + dx) * 1e6))
}

// coordinate makes the latitude or the longitude of a row's place.
type coordinate struct {
	*ordered
	draw     draw // of what is allowed, where the place is not
	places   *places
	latitude bool
}

func (m *coordinate) make(dst []byte, row uint64, s random.Source) []byte {
	tick, longitude := m.places.coordinate(row)
	if !m.latitude {
		tick = longitude
	}
	for scale := 6; scale < m.Scale; scale++ {
		tick *= 10
	}
	for scale := m.Scale; scale < 6; scale++ {
		tick = floorTo(tick, 10) / 10
	}
	if tick < m.Min || tick > m.Max || !m.draw.spans.Contains(tick) {
		tick = m.draw.ticks(s)
	}
	return m.append(dst, tick)
}
