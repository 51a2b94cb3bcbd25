package workload

import "unsafe"

// viewString returns the bytes as a string without copying them. The string must not outlive the bytes.
func viewString(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b))
}
