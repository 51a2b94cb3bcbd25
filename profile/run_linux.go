package profile

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sampleCommand starts a command, samples it and waits for its end.
//
// The events are opened on the thread that starts the command, switched off, and inherited by what that thread starts;
// they switch themselves on when the command replaces it (enable_on_exec). So nothing of pgassay is sampled, and nothing of
// the command is missed. See perf_event_open(2).
func sampleCommand(cmd *exec.Cmd) (*recorded, error) {
	type opened struct {
		rings []*ring
		err   error
	}
	ready := make(chan opened)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with this goroutine, and its events with it
		rings, err := openRings()
		if err == nil {
			if err = cmd.Start(); err != nil {
				closeRings(rings)
			}
		}
		ready <- opened{rings, err}
	}()
	started := <-ready
	if started.err != nil {
		return nil, started.err
	}
	defer closeRings(started.rings)
	s := newSampler(started.rings)
	defer s.close()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.drain(false)
		case err := <-ended:
			s.drain(true)
			s.result.err = err
			return s.result, nil
		}
	}
}

// A ring is the buffer that the kernel writes one CPU's events to.
type ring struct {
	fd     int
	memory []byte
}

// ringPages is the size of a ring without its first page: half of what a user may lock for each CPU by default.
const ringPages = 64

func openRings() ([]*ring, error) {
	cpus, err := onlineCPUs()
	if err != nil {
		return nil, err
	}
	var rings []*ring
	withKernel := true
	for _, cpu := range cpus {
		fd, err := openEvent(cpu, withKernel)
		if withKernel && (errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM)) {
			withKernel = false // an ordinary user may look at programs only
			fd, err = openEvent(cpu, false)
		}
		if errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENXIO) {
			continue // went offline
		}
		if err != nil {
			closeRings(rings)
			return nil, explainPerf(err)
		}
		memory, err := unix.Mmap(fd, 0, (1+ringPages)*os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
		if err != nil {
			unix.Close(fd)
			closeRings(rings)
			return nil, fmt.Errorf("map the kernel's samples: %w", err)
		}
		rings = append(rings, &ring{fd, memory})
	}
	if len(rings) == 0 {
		return nil, errors.New("no CPU can be sampled")
	}
	return rings, nil
}

func explainPerf(err error) error {
	switch {
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return fmt.Errorf("the kernel does not allow it (%w): as root, or after sysctl kernel.perf_event_paranoid=2, it does; containers need CAP_PERFMON", err)
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.ENOENT), errors.Is(err, unix.EOPNOTSUPP):
		return fmt.Errorf("this kernel has no perf events (%w); for Go code use go test -cpuprofile, or profile.Do", err)
	}
	return fmt.Errorf("open the kernel's sampler: %w", err)
}

func openEvent(cpu int, withKernel bool) (int, error) {
	attr := unix.PerfEventAttr{
		Type: unix.PERF_TYPE_SOFTWARE, Config: unix.PERF_COUNT_SW_CPU_CLOCK, Size: uint32(unsafe.Sizeof(unix.PerfEventAttr{})),
		Sample:      uint64(samplePeriod.Nanoseconds()),
		Sample_type: unix.PERF_SAMPLE_TID | unix.PERF_SAMPLE_TIME | unix.PERF_SAMPLE_CALLCHAIN,
		Bits: unix.PerfBitDisabled | unix.PerfBitInherit | unix.PerfBitEnableOnExec | unix.PerfBitMmap | unix.PerfBitComm |
			unix.PerfBitCommExec | unix.PerfBitTask | unix.PerfBitSampleIDAll | unix.PerfBitExcludeHv | unix.PerfBitExcludeCallchainKernel,
	}
	if !withKernel {
		attr.Bits |= unix.PerfBitExcludeKernel
	}
	return unix.PerfEventOpen(&attr, 0, cpu, -1, unix.PERF_FLAG_FD_CLOEXEC)
}

func closeRings(rings []*ring) {
	for _, r := range rings {
		_ = unix.Munmap(r.memory)
		_ = unix.Close(r.fd)
	}
}

// onlineCPUs reads a list such as 0-3,6.
func onlineCPUs() ([]int, error) {
	text, err := os.ReadFile("/sys/devices/system/cpu/online")
	if err != nil {
		return nil, fmt.Errorf("list CPUs: %w", err)
	}
	var cpus []int
	for part := range strings.SplitSeq(strings.TrimSpace(string(text)), ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		first, err := strconv.Atoi(from)
		last, moreErr := strconv.Atoi(to)
		if err := errors.Join(err, moreErr); err != nil {
			return nil, fmt.Errorf("list CPUs: %w", err)
		}
		for cpu := first; cpu <= last; cpu++ {
			cpus = append(cpus, cpu)
		}
	}
	return cpus, nil
}

// take returns the records that the kernel has written since the last call.
func (r *ring) take(to []record) []record {
	page := (*unix.PerfEventMmapPage)(unsafe.Pointer(&r.memory[0]))
	data := r.memory[page.Data_offset : page.Data_offset+page.Data_size]
	head, tail := atomic.LoadUint64(&page.Data_head), page.Data_tail
	for tail < head {
		header := r.copy(data, tail, 8)
		size := uint64(binary.NativeEndian.Uint16(header[6:]))
		if size < 8 || size > head-tail {
			break // can't be; give up on what is left
		}
		content := r.copy(data, tail, size)
		rec := record{kind: binary.NativeEndian.Uint32(content), misc: binary.NativeEndian.Uint16(content[4:]), body: content[8:]}
		if rec.stamp() {
			to = append(to, rec)
		}
		tail += size
	}
	atomic.StoreUint64(&page.Data_tail, head)
	return to
}

// copy takes bytes out of a ring, where they may run over its end.
func (r *ring) copy(data []byte, from, size uint64) []byte {
	out := make([]byte, size)
	at := from % uint64(len(data))
	n := copy(out, data[at:])
	copy(out[n:], data)
	return out
}

// A record is one event.
type record struct {
	kind uint32
	misc uint16
	time uint64
	body []byte
}

// stamp finds a record's time: in a sample after process and thread, in the others at the end.
func (r *record) stamp() bool {
	switch {
	case r.kind == unix.PERF_RECORD_SAMPLE && len(r.body) >= 24:
		r.time = binary.NativeEndian.Uint64(r.body[8:])
	case r.kind != unix.PERF_RECORD_SAMPLE && len(r.body) >= 16:
		r.time = binary.NativeEndian.Uint64(r.body[len(r.body)-8:])
		r.body = r.body[:len(r.body)-16]
	default:
		return false
	}
	return true
}

// A sampler turns records into stacks.
type sampler struct {
	rings     []*ring
	waiting   []record // in case an earlier one of another CPU is still to come
	processes map[uint32]*process
	objects   map[string]*object
	result    *recorded
}

// A process is what code a process has mapped, and what it is called.
type process struct {
	name string
	maps []codeMap
}

type codeMap struct {
	from, to, offset uint64
	object           *object
}

func newSampler(rings []*ring) *sampler {
	return &sampler{
		rings: rings, processes: map[uint32]*process{}, objects: map[string]*object{},
		result: &recorded{stacks: map[string]*recordedStack{}},
	}
}

func (s *sampler) close() {
	for _, o := range s.objects {
		o.load()
		o.close()
	}
}

// drain reads the rings. Records are handled in the order of their times; those of the last moment wait for the next
// call, because another CPU's may be older.
func (s *sampler) drain(all bool) {
	newest := uint64(0)
	for _, r := range s.rings {
		s.waiting = r.take(s.waiting)
	}
	slices.SortStableFunc(s.waiting, func(a, b record) int { return cmp.Compare(a.time, b.time) })
	if n := len(s.waiting); n > 0 {
		newest = s.waiting[n-1].time
	}
	const slack = uint64(20 * time.Millisecond)
	done := 0
	for _, r := range s.waiting {
		if !all && r.time+slack > newest {
			break
		}
		s.handle(r)
		done++
	}
	s.waiting = slices.Delete(s.waiting, 0, done)
}

func (s *sampler) process(pid uint32) *process {
	p := s.processes[pid]
	if p == nil {
		p = &process{}
		s.processes[pid] = p
	}
	return p
}

// commExec marks the new name of a process that has become another program.
const commExec = 1 << 13

func (s *sampler) handle(r record) {
	u32 := func(at int) uint32 { return binary.NativeEndian.Uint32(r.body[at:]) }
	u64 := func(at int) uint64 { return binary.NativeEndian.Uint64(r.body[at:]) }
	switch r.kind {
	case unix.PERF_RECORD_COMM:
		if len(r.body) < 8 {
			return
		}
		p := s.process(u32(0))
		if r.misc&commExec != 0 {
			p.maps = nil
		}
		if u32(0) == u32(4) || p.name == "" { // threads have names of their own
			p.name = text(r.body[8:])
		}
	case unix.PERF_RECORD_FORK:
		if len(r.body) >= 8 && u32(0) != u32(4) {
			parent := s.process(u32(4))
			s.processes[u32(0)] = &process{name: parent.name, maps: slices.Clone(parent.maps)}
		}
	case unix.PERF_RECORD_MMAP:
		if len(r.body) < 32 {
			return
		}
		name := text(r.body[32:])
		o := s.objects[name]
		if o == nil {
			o = newObject(name)
			s.objects[name] = o
		}
		p := s.process(u32(0))
		p.maps = append(p.maps, codeMap{u64(8), u64(8) + u64(16), u64(24), o})
	case unix.PERF_RECORD_LOST:
		if len(r.body) >= 16 {
			s.result.lost += int64(u64(8))
		}
	case unix.PERF_RECORD_SAMPLE:
		s.sample(r)
	}
}

func text(b []byte) string {
	if end := bytes.IndexByte(b, 0); end >= 0 {
		b = b[:end]
	}
	return string(b)
}

// sample counts one stack.
func (s *sampler) sample(r record) {
	p := s.process(binary.NativeEndian.Uint32(r.body))
	n := binary.NativeEndian.Uint64(r.body[16:])
	addresses := r.body[24:]
	if n > uint64(len(addresses)/8) {
		return
	}
	var frames []codePoint
	if r.misc&unix.PERF_RECORD_MISC_CPUMODE_MASK == unix.PERF_RECORD_MISC_KERNEL {
		frames = append(frames, codePoint{object: kernelCode})
	}
	innermost := true
	for i := range n {
		address := binary.NativeEndian.Uint64(addresses[8*i:])
		if address >= ^uint64(4094) { // a mark, not an address
			continue
		}
		if !innermost {
			address-- // from where the call returns to, back to the call
		}
		innermost = false
		frames = append(frames, p.locate(address))
	}
	key := new(bytes.Buffer)
	key.WriteString(p.name)
	for _, f := range frames {
		fmt.Fprintf(key, "\x00%p %x", f.object, f.address)
	}
	stack := s.result.stacks[key.String()]
	if stack == nil {
		stack = &recordedStack{process: p.name, frames: frames}
		s.result.stacks[key.String()] = stack
	}
	stack.count++
}

// locate finds the binary that an address of a process is in. Later maps replace earlier ones.
func (p *process) locate(address uint64) codePoint {
	for _, m := range slices.Backward(p.maps) {
		if address >= m.from && address < m.to {
			return codePoint{m.object, m.object.addressOf(address - m.from + m.offset)}
		}
	}
	return codePoint{address: address}
}
