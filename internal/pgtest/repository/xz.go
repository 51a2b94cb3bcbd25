package repository

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

// xz wraps data in the .xz format without compressing it: one block of uncompressed LZMA2 chunks. Nothing in Go's standard
// library writes .xz, and a machine need not have the program of that name.
// The format: https://tukaani.org/xz/xz-file-format.txt, section numbers below.
func xz(data []byte) []byte {
	const checkCRC32 = 1
	flags := []byte{0, checkCRC32}
	var out bytes.Buffer
	// 2.1.1 Stream Header
	out.Write([]byte{0xFD, '7', 'z', 'X', 'Z', 0})
	out.Write(flags)
	out.Write(sum(flags))
	// 3.1 Block Header: its size in words less one, no sizes, filter LZMA2 (5.3.1) with a dictionary of 4 KiB, padding.
	blockStart := out.Len()
	header := []byte{2, 0, 0x21, 1, 0, 0, 0, 0}
	out.Write(header)
	out.Write(sum(header))
	// LZMA2: chunks of at most 64 KiB, each behind a control byte (1 resets the dictionary, as the first must, 2 doesn't)
	// and its size less one; 0 ends them.
	for rest, control := data, byte(1); len(rest) > 0; control = 2 {
		n := min(len(rest), 1<<16)
		out.WriteByte(control)
		out.Write(binary.BigEndian.AppendUint16(nil, uint16(n-1)))
		out.Write(rest[:n])
		rest = rest[n:]
	}
	out.WriteByte(0)
	unpadded := out.Len() - blockStart + crc32.Size
	pad(&out, blockStart)
	out.Write(sum(data))
	// 4 Index
	index := []byte{0, 1}
	index = binary.AppendUvarint(index, uint64(unpadded))
	index = binary.AppendUvarint(index, uint64(len(data)))
	for len(index)%4 != 0 {
		index = append(index, 0)
	}
	index = append(index, sum(index)...)
	out.Write(index)
	// 2.1.2 Stream Footer
	footer := binary.LittleEndian.AppendUint32(nil, uint32(len(index)/4-1))
	footer = append(footer, flags...)
	out.Write(sum(footer))
	out.Write(footer)
	out.WriteString("YZ")
	return out.Bytes()
}

func pad(out *bytes.Buffer, start int) {
	for (out.Len()-start)%4 != 0 {
		out.WriteByte(0)
	}
}

func sum(data []byte) []byte {
	return binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(data))
}
