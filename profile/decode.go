package profile

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"unsafe"

	"github.com/pgassay/pgassay/internal/units"
)

// decodeFlat reads an uncompressed protocol-buffer profile straight into tables, in a fraction of the pprof package's
// time and memory. The format is https://github.com/google/pprof/blob/main/proto/profile.proto. What it reads is what the
// pprof package would have read; whatever it has a doubt about is errIrregular.
//
// It goes over the message four times, each time for what the next needs: the string table may come last. A message whose
// tables would take more than maxMemory bytes is ErrTooLarge after the first.
func decodeFlat(raw []byte, maxMemory int64) (*flat, error) {
	d := decoder{flat: &flat{}, maxMemory: maxMemory}
	if err := d.countStrings(raw); err != nil {
		return nil, err
	}
	for _, pass := range []func(wireField) error{d.scan, d.table, d.location, d.sample} {
		if err := eachField(raw, pass); err != nil {
			return nil, err
		}
		if err := d.endPass(); err != nil {
			return nil, err
		}
	}
	return d.flat, nil
}

type decoder struct {
	*flat
	pass      int
	text      []string
	counts    [fieldPeriodType + 1]int // messages by field
	stackSize int
	labelSize int
	maxMemory int64
	mappingAt map[uint64]int32
	functions idTable
	locations idTable
}

// The fields of a Profile message.
const (
	fieldSampleType  = 1
	fieldSample      = 2
	fieldMapping     = 3
	fieldLocation    = 4
	fieldFunction    = 5
	fieldString      = 6
	fieldDropFrames  = 7
	fieldKeepFrames  = 8
	fieldTime        = 9
	fieldDuration    = 10
	fieldPeriodType  = 11
	fieldPeriod      = 12
	fieldComment     = 13
	fieldDefaultType = 14
	fieldDocURL      = 15
)

// countStrings makes room for the string table, of which a few bytes can ask for much.
func (d *decoder) countStrings(raw []byte) error {
	strings := 0
	for rest := raw; len(rest) > 0; {
		f, after, err := nextField(rest)
		if err != nil {
			return err
		}
		if f.number == fieldString {
			strings++
		}
		rest = after
	}
	if size := bytesPerString * int64(strings); size > d.maxMemory {
		return fmt.Errorf("%w: its %s strings take %d MiB of memory", ErrTooLarge, units.Count(int64(strings)), size>>20)
	}
	d.text = make([]string, 0, strings)
	return nil
}

// bytesPerString is what a string takes besides its text, roughly.
const bytesPerString = 24

// scan is the first pass: the string table, the numbers, and how much of everything there is.
func (d *decoder) scan(f wireField) (err error) {
	switch f.number {
	case fieldSampleType, fieldSample, fieldMapping, fieldLocation, fieldFunction, fieldPeriodType:
		if !f.sized {
			return errIrregular
		}
		d.counts[f.number]++
		if f.number == fieldSample {
			return d.measure(f.bytes)
		}
	case fieldString:
		if !f.sized || len(d.text) == 0 && len(f.bytes) > 0 {
			return errIrregular
		}
		d.text = append(d.text, string(f.bytes))
	case fieldDropFrames:
		if f.sized || f.value != 0 {
			return errIrregular // frames to drop are the pprof package's business
		}
	case fieldTime:
		if d.time != 0 {
			return errIrregular // two profiles in one
		}
		d.time, err = f.integer()
	case fieldDuration:
		d.duration, err = f.integer()
	case fieldPeriod:
		d.period, err = f.integer()
	}
	return err
}

// measure counts a sample's frames and labels.
func (d *decoder) measure(message []byte) error {
	return eachField(message, func(f wireField) error {
		switch {
		case f.number == 3:
			d.labelSize++
		case f.number == 1 && !f.sized:
			d.stackSize++
		case f.number == 1:
			for _, b := range f.bytes {
				if b < 0x80 { // the last byte of a number
					d.stackSize++
				}
			}
		}
		return nil
	})
}

// table is the second pass: everything that refers to strings alone.
func (d *decoder) table(f wireField) (err error) {
	switch f.number {
	case fieldSampleType:
		var t valueType
		t, err = d.valueType(f.bytes)
		d.types = append(d.types, t)
	case fieldPeriodType:
		d.periodType, err = d.valueType(f.bytes)
	case fieldMapping:
		err = d.mapping(f.bytes)
	case fieldFunction:
		err = d.function(f.bytes)
	case fieldDefaultType:
		d.defaultType, err = d.string(f)
	case fieldKeepFrames, fieldDocURL:
		_, err = d.string(f)
	case fieldComment:
		err = f.integers(func(at uint64) error { return d.inTable(at) })
	}
	return err
}

func (d *decoder) inTable(at uint64) error {
	if at >= uint64(len(d.text)) {
		return errIrregular
	}
	return nil
}

// string resolves a field that refers to the string table.
func (d *decoder) string(f wireField) (string, error) {
	if f.sized {
		return "", errIrregular
	}
	if err := d.inTable(f.value); err != nil {
		return "", err
	}
	return d.text[f.value], nil
}

func (d *decoder) valueType(message []byte) (t valueType, err error) {
	err = eachField(message, func(f wireField) (err error) {
		switch f.number {
		case 1:
			t.kind, err = d.string(f)
		case 2:
			t.unit, err = d.string(f)
		}
		return err
	})
	return t, err
}

func (d *decoder) mapping(message []byte) error {
	var m mapping
	var id uint64
	err := eachField(message, func(f wireField) (err error) {
		if f.number <= 10 && f.sized {
			return errIrregular
		}
		switch f.number {
		case 1:
			id = f.value
		case 5:
			m.file, err = d.string(f)
		case 6:
			m.buildID, err = d.string(f)
		}
		return err
	})
	if err != nil {
		return err
	}
	if _, double := d.mappingAt[id]; double || id == 0 {
		return errIrregular
	}
	if d.mappingAt == nil {
		d.mappingAt = map[uint64]int32{}
	}
	d.mappingAt[id] = int32(len(d.mappings))
	d.mappings = append(d.mappings, m)
	return nil
}

func (d *decoder) function(message []byte) error {
	var fn function
	var id uint64
	err := eachField(message, func(f wireField) (err error) {
		if f.number <= 5 && f.sized {
			return errIrregular
		}
		switch f.number {
		case 1:
			id = f.value
		case 2:
			fn.name, err = d.string(f)
		case 3:
			fn.system, err = d.string(f)
		case 4:
			fn.file, err = d.string(f)
		case 5:
			fn.start = int64(f.value)
		}
		return err
	})
	if err != nil {
		return err
	}
	d.flat.functions = append(d.flat.functions, fn)
	return d.functions.add(id)
}

// location is the third pass.
func (d *decoder) location(f wireField) error {
	if f.number != fieldLocation {
		return nil
	}
	at := location{mapping: none, from: uint32(len(d.lines))}
	var id uint64
	err := eachField(f.bytes, func(f wireField) error {
		switch {
		case f.number == 4:
			if !f.sized {
				return errIrregular
			}
			return d.line(f.bytes)
		case f.number <= 5 && f.sized:
			return errIrregular
		case f.number == 1:
			id = f.value
		case f.number == 2:
			m, ok := d.mappingAt[f.value]
			if !ok && f.value != 0 {
				return errIrregular
			}
			if at.mapping = m; !ok {
				at.mapping = none
			}
		case f.number == 3:
			at.address = f.value
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(d.lines) == int(at.from) {
		d.lines = append(d.lines, line{function: none})
	}
	at.upTo = uint32(len(d.lines))
	d.flat.locations = append(d.flat.locations, at)
	return d.locations.add(id)
}

func (d *decoder) line(message []byte) error {
	var l line
	var id uint64
	err := eachField(message, func(f wireField) error {
		if f.number <= 3 && f.sized {
			return errIrregular
		}
		switch f.number {
		case 1:
			id = f.value
		case 2:
			l.line = int64(f.value)
		}
		return nil
	})
	if err != nil {
		return err
	}
	at, ok := d.functions.find(id)
	if !ok {
		return errIrregular
	}
	l.function = int32(at)
	d.lines = append(d.lines, l)
	return nil
}

// sample is the fourth pass. It is the one that counts, so it does without closures.
func (d *decoder) sample(f wireField) error {
	if f.number != fieldSample {
		return nil
	}
	values := len(d.values)
	for message := f.bytes; len(message) > 0; {
		f, rest, err := nextField(message)
		if err != nil {
			return err
		}
		message = rest
		switch f.number {
		case 1:
			err = f.integers(func(id uint64) error {
				at, ok := d.locations.find(id)
				if !ok {
					return errIrregular
				}
				d.stacks = append(d.stacks, at)
				return nil
			})
		case 2:
			err = f.integers(func(v uint64) error {
				d.values = append(d.values, int64(v))
				return nil
			})
		case 3:
			err = d.label(f)
		}
		if err != nil {
			return err
		}
	}
	if len(d.values)-values != d.columns || len(d.stacks) > math.MaxUint32 || len(d.labels) > math.MaxUint32 {
		return errIrregular
	}
	from := 0
	if n := len(d.labelEnds); n > 0 {
		from = int(d.labelEnds[n-1])
	}
	orderLabels(d.labels[from:])
	d.stackEnds = append(d.stackEnds, uint32(len(d.stacks)))
	d.labelEnds = append(d.labelEnds, uint32(len(d.labels)))
	return nil
}

func (d *decoder) label(f wireField) error {
	if !f.sized {
		return errIrregular
	}
	var l label
	var isText bool
	err := eachField(f.bytes, func(f wireField) (err error) {
		if f.number <= 4 && f.sized {
			return errIrregular
		}
		switch f.number {
		case 1:
			l.key, err = d.string(f)
		case 2:
			l.text, err = d.string(f)
			isText = f.value != 0
		case 3:
			l.number = int64(f.value)
		case 4:
			l.unit, err = d.string(f)
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case isText && (l.number != 0 || l.unit != ""), !isText && l.number == 0 && l.unit == "":
		return errIrregular // both, or neither
	}
	d.labels = append(d.labels, l)
	return nil
}

// orderLabels puts a sample's labels in order: texts before numbers, then by key.
func orderLabels(labels []label) {
	if len(labels) < 2 {
		return
	}
	rank := func(l label) int {
		if l.text != "" {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(labels, func(a, b label) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.key, b.key))
	})
}

// memory is what the tables take, roughly.
func (d *decoder) memory() int64 {
	samples := int64(d.counts[fieldSample])
	return samples*int64(8+8*d.counts[fieldSampleType]) + 4*int64(d.stackSize) + int64(d.labelSize)*int64(unsafe.Sizeof(label{})) +
		64*int64(d.counts[fieldFunction]+d.counts[fieldLocation]) + bytesPerString*int64(len(d.text))
}

// endPass makes room for what the next pass brings.
func (d *decoder) endPass() error {
	switch d.pass++; d.pass {
	case 1:
		d.columns = d.counts[fieldSampleType]
		if d.columns == 0 || len(d.text) == 0 {
			return errIrregular
		}
		if size := d.memory(); size > d.maxMemory {
			return fmt.Errorf("%w: its %s samples take %d MiB of memory", ErrTooLarge, units.Count(int64(d.counts[fieldSample])), size>>20)
		}
		d.flat.functions = make([]function, 0, d.counts[fieldFunction])
		d.flat.locations = make([]location, 0, d.counts[fieldLocation])
	case 3:
		samples := d.counts[fieldSample]
		d.stacks = make([]uint32, 0, d.stackSize)
		d.labels = make([]label, 0, d.labelSize)
		d.values = make([]int64, 0, samples*d.columns)
		d.stackEnds = make([]uint32, 0, samples)
		d.labelEnds = make([]uint32, 0, samples)
	}
	return nil
}

// An idTable finds the index of what has an ID. IDs are mostly 1, 2, 3, …, and those need no map.
type idTable struct {
	count  uint64
	others map[uint64]uint32
}

// add gives the next index to an ID.
func (t *idTable) add(id uint64) error {
	at := t.count
	t.count++
	if id == at+1 && t.others == nil {
		return nil
	}
	if id == 0 {
		return errIrregular
	}
	if t.others == nil { // out of order: from now on all are in the map
		t.others = make(map[uint64]uint32)
		for i := range at {
			t.others[i+1] = uint32(i)
		}
	}
	if _, double := t.others[id]; double {
		return errIrregular
	}
	t.others[id] = uint32(at)
	return nil
}

func (t *idTable) find(id uint64) (uint32, bool) {
	if t.others != nil {
		at, ok := t.others[id]
		return at, ok
	}
	return uint32(id - 1), id >= 1 && id <= t.count
}
