package emit

import (
	"encoding/binary"
)

// form writes rows in one of the formats.
type form interface {
	header(dst []byte, columns []string) []byte
	row(dst []byte, values [][]byte) []byte // a nil value is null
	trailer(dst []byte) []byte
}

// csvForm is CSV as COPY … (FORMAT csv, HEADER) reads it: null is nothing, an empty text is "".
type csvForm struct{}

func (csvForm) header(dst []byte, columns []string) []byte {
	for i, name := range columns {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendCSV(dst, []byte(name))
	}
	return append(dst, '\n')
}

func (csvForm) row(dst []byte, values [][]byte) []byte {
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		if v != nil {
			dst = appendCSV(dst, v)
		}
	}
	return append(dst, '\n')
}

func (csvForm) trailer(dst []byte) []byte { return dst }

// appendCSV quotes a value where it must be; \. ends the data where it stands alone on a line, so it is quoted too.
func appendCSV(dst, v []byte) []byte {
	quote := len(v) == 0 || v[0] == '\\' && len(v) == 2 && v[1] == '.' || v[0] == ' ' || v[len(v)-1] == ' '
	for _, c := range v {
		quote = quote || c == ',' || c == '"' || c == '\n' || c == '\r'
	}
	if !quote {
		return append(dst, v...)
	}
	dst = append(dst, '"')
	for _, c := range v {
		if c == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}

// copyTextForm is COPY's text format, as it stands in a script after COPY … FROM stdin.
type copyTextForm struct{ begin, end string }

func (f copyTextForm) header(dst []byte, _ []string) []byte { return append(dst, f.begin...) }

func (copyTextForm) row(dst []byte, values [][]byte) []byte {
	for i, v := range values {
		if i > 0 {
			dst = append(dst, '\t')
		}
		if v == nil {
			dst = append(dst, `\N`...)
			continue
		}
		for _, c := range v {
			switch c {
			case '\\':
				dst = append(dst, `\\`...)
			case '\n':
				dst = append(dst, `\n`...)
			case '\r':
				dst = append(dst, `\r`...)
			case '\t':
				dst = append(dst, `\t`...)
			case '\b':
				dst = append(dst, `\b`...)
			case '\f':
				dst = append(dst, `\f`...)
			case '\v':
				dst = append(dst, `\v`...)
			default:
				dst = append(dst, c)
			}
		}
	}
	return append(dst, '\n')
}

func (f copyTextForm) trailer(dst []byte) []byte { return append(append(dst, "\\.\n"...), f.end...) }

// binaryForm is COPY's binary format.
type binaryForm struct{ start, end string }

func (f binaryForm) header(dst []byte, _ []string) []byte { return append(dst, f.start...) }

func (binaryForm) row(dst []byte, values [][]byte) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(values)))
	for _, v := range values {
		if v == nil {
			dst = append(dst, 0xff, 0xff, 0xff, 0xff)
			continue
		}
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(v)))
		dst = append(dst, v...)
	}
	return dst
}

func (f binaryForm) trailer(dst []byte) []byte { return append(dst, f.end...) }
