package value

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pgassay/pgassay/seed/random"
	"github.com/pgassay/pgassay/seed/value/meaning"
)

// GeneratorInfo is a generator that a configuration can name, for people.
type GeneratorInfo struct {
	Name  string   `json:"name"`
	Types []string `json:"types"` // kinds of types that it makes values of: text, number, time, …
	About string   `json:"about"` // an example, or the usual values
}

// GeneratorInfos lists the generators, sorted by name.
func GeneratorInfos() []GeneratorInfo {
	var all []GeneratorInfo
	for _, name := range meaning.Names() {
		info := GeneratorInfo{Name: name}
		for _, class := range []struct {
			class meaning.Class
			name  string
		}{{meaning.Text, "text"}, {meaning.Number, "number"}, {meaning.Time, "time"}, {meaning.Bool, "boolean"}, {meaning.JSON, "json"}, {meaning.UUID, "uuid"}, {meaning.Network, "inet"}, {meaning.Binary, "bytea"}} {
			if m, ok := meaning.Named(name, class.class); ok {
				if info.Types = append(info.Types, class.name); info.About == "" {
					info.About = about(m)
				}
			}
		}
		all = append(all, info)
	}
	return all
}

// about says in a few words what values of a meaning are like.
func about(m meaning.Meaning) string {
	number := func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
	switch {
	case len(m.Labels) > 0:
		return abbreviate(m.Labels)
	case m.Prose > 0:
		return fmt.Sprintf("sentences, around %.0f characters", m.Prose)
	case len(m.Templates) > 0:
		parts, err := parseTemplate(m.Templates[0], nil)
		if err != nil {
			return m.Templates[0]
		}
		stream := random.NewStream(1, "generators", m.Name)
		t := newTemplate(parts, stream, newPeople(random.NewStream(1, "generators", "person")), &places{random.NewStream(1, "generators", "place")})
		return string(t.make(nil, 0, stream.At(0)))
	case m.JSON != "":
		return "a JSON " + strings.Replace(m.JSON, "settings", "object of settings", 1)
	case m.True > 0:
		return fmt.Sprintf("%.0f%% true", 100*m.True)
	case m.Name == "opening-time":
		return fmt.Sprintf("%g to %g o'clock", m.Low, m.High)
	case m.Life > 0:
		return fmt.Sprintf("%s to %s days from present", number(m.Low), number(m.High))
	}
	text := number(m.Low) + " to " + number(m.High)
	if m.Shape == meaning.LogNormal || m.Shape == meaning.Normal {
		text += ", around " + number(m.Median)
	}
	return text
}
