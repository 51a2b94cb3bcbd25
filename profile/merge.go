package profile

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	pprof "github.com/google/pprof/profile"
)

// replicaLabel tells after a merge which profile a sample came from.
const replicaLabel = "replica"

// Merge adds profiles up. Samples get the labels of their profile, and its target or, if it was read from a file, its name
// as the label "replica". The duration is that of all
// recordings together where they overlap in time, not their sum: two replicas recorded for 10 s at the same time make
// 10 s. Only what all profiles count is kept; different units of one thing are converted.
func Merge(profiles []*Profile) (*Profile, error) {
	if len(profiles) == 0 {
		return nil, errors.New("merge profiles: there is none")
	}
	if len(profiles) == 1 {
		return profiles[0], nil
	}
	merged, err := mergeProtos(profiles, true)
	if err != nil {
		return nil, err
	}
	p := fromProto(merged, fmt.Sprintf("%d profiles", len(profiles)), profiles[0].Type)
	p.recorded = 0
	for _, one := range profiles {
		p.recorded += one.recordedTime()
		if one.Type != p.Type {
			p.Type = p.flat.kind()
		}
	}
	return p, nil
}

// Minus subtracts a base, as the pprof tool's -diff_base does: shares are of the base.
func (p *Profile) Minus(base *Profile) (*Profile, error) {
	protos := make([]*pprof.Profile, 2)
	for i, one := range []*Profile{p, base} {
		decoded, err := one.load()
		if err != nil {
			return nil, err
		}
		protos[i] = decoded
	}
	protos[1].SetLabel(baseLabel, []string{"true"})
	protos[1].Scale(-1)
	difference, err := add(protos, []*Profile{p, base})
	if err != nil {
		return nil, err
	}
	difference.DurationNanos = 0
	return fromProto(difference, p.Source+" less "+base.Source, p.Type), nil
}

func mergeProtos(profiles []*Profile, label bool) (*pprof.Profile, error) {
	protos := make([]*pprof.Profile, len(profiles))
	for i, p := range profiles {
		decoded, err := p.load()
		if err != nil {
			return nil, err
		}
		if label {
			labelSamples(decoded, p)
		}
		protos[i] = decoded
	}
	merged, err := add(protos, profiles)
	if err != nil {
		return nil, err
	}
	merged.DurationNanos = covered(profiles).Nanoseconds()
	return merged, nil
}

// labelSamples gives a profile's labels to its samples, which may have labels of the same names of their own, and tells
// which replica they are of.
func labelSamples(decoded *pprof.Profile, p *Profile) {
	for key, value := range p.Labels {
		if key == replicaLabel {
			continue
		}
		for _, s := range decoded.Sample {
			if s.Label == nil {
				s.Label = map[string][]string{}
			}
			if len(s.Label[key]) == 0 && len(s.NumLabel[key]) == 0 {
				s.Label[key] = []string{value}
			}
		}
	}
	decoded.SetLabel(replicaLabel, []string{cmp.Or(p.Labels[replicaLabel], p.Source)})
}

// add adds up profiles that were read from where profiles say.
func add(protos []*pprof.Profile, profiles []*Profile) (*pprof.Profile, error) {
	if err := pprof.CompatibilizeSampleTypes(protos); err != nil {
		return nil, fmt.Errorf("merge %s: they count different things: %w", sources(profiles), err)
	}
	if err := sameUnits(protos); err != nil {
		return nil, fmt.Errorf("merge %s: %w", sources(profiles), err)
	}
	merged, err := pprof.Merge(protos)
	if err != nil {
		return nil, fmt.Errorf("merge %s: %w", sources(profiles), err)
	}
	return merged, nil
}

func sources(profiles []*Profile) string {
	if len(profiles) == 2 {
		return profiles[0].Source + " and " + profiles[1].Source
	}
	return fmt.Sprintf("%d profiles", len(profiles))
}

// sameUnits converts each sample type, and the period, to the finest unit that occurs.
func sameUnits(protos []*pprof.Profile) error {
	convert := func(types []*pprof.ValueType) ([]float64, error) {
		finest, first := unit{}, types[0].Unit
		ratios := make([]float64, len(types))
		for i, t := range types {
			u, known := findUnit(t.Unit)
			switch {
			case t.Unit == first && !known:
			case !known || i > 0 && finest.name != "" && u.base != finest.base:
				return nil, fmt.Errorf("%s is in %s in one and in %s in another", t.Type, first, t.Unit)
			case finest.name == "" || u.factor < finest.factor:
				finest, first = u, t.Unit
			}
		}
		for i, t := range types {
			ratios[i] = 1
			if u, known := findUnit(t.Unit); known {
				ratios[i] = u.factor / finest.factor
			}
			t.Unit = first
		}
		return ratios, nil
	}
	ratios := make([][]float64, len(protos))
	for column := range protos[0].SampleType {
		var types []*pprof.ValueType
		for _, p := range protos {
			types = append(types, p.SampleType[column])
		}
		all, err := convert(types)
		if err != nil {
			return err
		}
		for i, ratio := range all {
			ratios[i] = append(ratios[i], ratio)
		}
	}
	var periods []*pprof.ValueType
	for _, p := range protos {
		if p.PeriodType == nil {
			p.PeriodType = &pprof.ValueType{}
		}
		periods = append(periods, p.PeriodType)
	}
	periodRatios, err := convert(periods)
	if err != nil {
		return err
	}
	for i, p := range protos {
		p.Period = int64(float64(p.Period) * periodRatios[i])
		if slices.ContainsFunc(ratios[i], func(r float64) bool { return r != 1 }) {
			if err := p.ScaleN(ratios[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// covered is how much time the recordings cover, counted once where they overlap. If one of them doesn't say when it
// began, they are taken to have been one after the other.
func covered(profiles []*Profile) time.Duration {
	type span struct{ from, to time.Time }
	var spans []span
	var sum time.Duration
	known := true
	for _, p := range profiles {
		sum += p.Duration()
		known = known && !p.Time().IsZero()
		spans = append(spans, span{p.Time(), p.Time().Add(p.Duration())})
	}
	if !known {
		return sum
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(a.from.Compare(b.from), a.to.Compare(b.to)) })
	var all time.Duration
	end := time.Time{}
	for _, s := range spans {
		if s.from.Before(end) {
			s.from = end
		}
		if s.to.After(s.from) {
			all += s.to.Sub(s.from)
			end = s.to
		}
	}
	return all
}
