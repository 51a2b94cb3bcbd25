package profile

import (
	"encoding/binary"
	"errors"
)

// errIrregular is a message that the own decoder leaves to the pprof package: one that is broken, or that uses what real
// profilers don't.
var errIrregular = errors.New("irregular profile")

// A wireField is one field of a protocol-buffer message. See https://protobuf.dev/programming-guides/encoding.
type wireField struct {
	number uint64
	bytes  []byte // of a field that has a length
	value  uint64 // of one that is a number
	sized  bool   // which of both it is; fields of fixed size aren't used in profiles
}

// nextField takes the first field off a message.
func nextField(message []byte) (f wireField, rest []byte, err error) {
	tag, n := binary.Uvarint(message)
	if n <= 0 {
		return f, nil, errIrregular
	}
	message = message[n:]
	f.number = tag >> 3
	value, n := binary.Uvarint(message)
	if n <= 0 {
		return f, nil, errIrregular
	}
	message = message[n:]
	switch tag & 7 {
	case 0:
		f.value = value
		return f, message, nil
	case 2:
		if value > uint64(len(message)) {
			return f, nil, errIrregular
		}
		f.sized, f.bytes = true, message[:value]
		return f, message[value:], nil
	}
	return f, nil, errIrregular
}

// eachField calls do for the fields of a message.
func eachField(message []byte, do func(f wireField) error) error {
	for len(message) > 0 {
		f, rest, err := nextField(message)
		if err != nil {
			return err
		}
		if err := do(f); err != nil {
			return err
		}
		message = rest
	}
	return nil
}

// integer is the value of a field that is one number.
func (f wireField) integer() (int64, error) {
	if f.sized {
		return 0, errIrregular
	}
	return int64(f.value), nil
}

// integers calls do for the values of a field that is a list of numbers, packed or not.
func (f wireField) integers(do func(uint64) error) error {
	if !f.sized {
		return do(f.value)
	}
	for packed := f.bytes; len(packed) > 0; {
		value, n := binary.Uvarint(packed)
		if n <= 0 {
			return errIrregular
		}
		if err := do(value); err != nil {
			return err
		}
		packed = packed[n:]
	}
	return nil
}
