package profile

import (
	"math"
	"strings"
)

// A frame is one function on a stack, and whose it is.
type frame struct {
	function int32 // an index, or none for code without a symbol
	name     string
	outer    string // the function that it stands in, if it is a closure
	line     int64
	owner    Owner
	rank     int8 // its place in mechanisms, or noMechanism
	below    bool // part of the runtime, or standing directly on it
}

// stacks gives the frames of a profile's samples.
type stacks struct {
	flat       *flat
	owners     *owners
	tree       sourceTree
	frames     []frame // as flat.lines
	ofFunction []frame // as flat.functions, without a line
	buffer     []frame
}

func newStacks(f *flat, app []string) *stacks {
	s := &stacks{flat: f, owners: newOwners(f, app), frames: make([]frame, len(f.lines))}
	s.tree = newSourceTree(f, s.owners)
	s.ofFunction = make([]frame, len(f.functions))
	for i, fn := range f.functions {
		owner := s.owners.byNumber[i]
		s.ofFunction[i] = frame{
			function: int32(i), name: fn.name, outer: outerFunction(fn.name), owner: owner,
			rank: rankOf(fn.name), below: owner == Runtime || lowLevel(fn.name),
		}
	}
	for i, l := range f.lines {
		s.frames[i] = s.frame(l)
	}
	return s
}

// frame is what is known of a line.
func (s *stacks) frame(l line) frame {
	f := frame{function: none, owner: System, rank: noMechanism}
	if l.function != none {
		f = s.ofFunction[l.function]
	}
	f.line = l.line
	return f
}

// of returns a sample's frames, the innermost first. They are valid until the next call.
func (s *stacks) of(sample int) []frame {
	s.buffer = s.buffer[:0]
	for _, at := range s.flat.stack(sample) {
		l := s.flat.locations[at]
		s.buffer = append(s.buffer, s.frames[l.from:l.upTo]...)
	}
	return s.buffer
}

// site is a frame's place in the source, as file:line.
func (s *stacks) site(f frame) string {
	if f.function == none {
		return ""
	}
	return site(s.tree.file(s.flat.functions[f.function], f.owner), f.line)
}

// worksForCaller tells whether a frame's cost is its caller's: the runtime, the C library, and what of the standard library
// has no job of its own.
func (f frame) worksForCaller() bool {
	return f.owner == Runtime || f.owner == Library || f.owner == System || f.owner == RaceDetector
}

// responsible finds the innermost frame that does not merely work for its caller. Without one, at is -1 and the owner is
// that of the outermost frame: runtime for a garbage collection in the background. The race detector is asked for by the
// compiler, not by the runtime that stands below it on such a stack.
func responsible(frames []frame) (at int, owner Owner) {
	for i, f := range frames {
		if !f.worksForCaller() {
			return i, f.owner
		}
	}
	if len(frames) == 0 {
		return -1, System
	}
	if frames[0].owner == RaceDetector {
		return -1, RaceDetector
	}
	owner = frames[len(frames)-1].owner
	if frames[len(frames)-1].name == "runtime.goexit" && len(frames) > 1 {
		owner = frames[len(frames)-2].owner
	}
	return -1, owner
}

// Mechanism is what a program does below the code that asks for it.
type Mechanism string

// The mechanisms. Computing is what is none of the others.
const (
	Computing  Mechanism = "computing"
	GC         Mechanism = "garbage collection"
	Allocation Mechanism = "allocation"
	Locks      Mechanism = "locks"
	Scheduler  Mechanism = "scheduler"
	Syscalls   Mechanism = "system calls"
	Copying    Mechanism = "copying"
)

// mechanisms tells what a Go function below other code does, by the beginning of its name, in order of precedence: a
// collection that an allocation has to help is garbage collection.
var mechanisms = []struct {
	mechanism Mechanism
	prefixes  []string
}{
	{GC, []string{
		"runtime.gcBgMarkWorker", "runtime.gcAssist", "runtime.gcDrain", "runtime.gcStart", "runtime.gcMark", "runtime.gcSweep",
		"runtime.bgsweep", "runtime.bgscavenge", "runtime.sweepone", "runtime.(*sweepLocked)", "runtime.(*mspan).sweep",
		"runtime.scanobject", "runtime.scanObject", "runtime.scanSpan", "runtime.scanstack", "runtime.greyobject", "runtime.markroot",
		"runtime.wbBufFlush", "runtime.(*gcWork)", "runtime.gcWriteBarrier", "gcWriteBarrier", "runtime.bulkBarrierPreWrite", "runtime.deductSweepCredit",
		"runtime.gcParkAssist", "runtime.gcenable", "runtime.runFinalizers", "runtime.runFinq", "runtime.runCleanups", "runtime.(*scavenger",
		"internal/runtime/gc",
	}},
	{Allocation, []string{
		"runtime.mallocgc", "runtime.newobject", "runtime.makeslice", "runtime.growslice", "runtime.makemap", "runtime.makechan",
		"runtime.rawbyteslice", "runtime.rawstring", "runtime.rawruneslice", "runtime.newarray", "runtime.(*mcache)", "runtime.(*mcentral)",
		"runtime.(*mheap)", "runtime.persistentalloc", "runtime.convT", "runtime.stackalloc", "runtime.newstack", "runtime.morestack",
		"runtime.concatstring", "runtime.slicebytetostring", "runtime.stringtoslicebyte", "runtime.malloc", "runtime.freegc",
		"internal/bytealg.MakeNoZero",
	}},
	{Scheduler, []string{
		"runtime.schedule", "runtime.findRunnable", "runtime.mcall", "runtime.park_m", "runtime.gopark", "runtime.goready", "runtime.ready",
		"runtime.wakep", "runtime.startm", "runtime.stopm", "runtime.sysmon", "runtime.netpoll", "runtime.mstart", "runtime.goschedImpl",
		"runtime.gosched", "runtime.gopreempt", "runtime.asyncPreempt", "runtime.chansend", "runtime.chanrecv", "runtime.selectgo",
		"runtime.selectnb", "runtime.newproc", "runtime.goexit0", "runtime.exitsyscall", "runtime.entersyscall", "runtime.retake", "runtime.preempt",
		"runtime.timer", "runtime.(*timer", "runtime.resetspinning", "runtime.injectglist", "runtime.casgstatus", "runtime.execute",
		"runtime.handoffp", "runtime.closechan", "runtime.runqgrab", "runtime.runqsteal", "runtime.stealWork", "runtime.notesleep",
		"runtime.notewakeup", "runtime.send", "runtime.recv", "runtime.goroutineReady", "runtime.gfget", "runtime.gdestroy",
	}},
	{Locks, []string{
		"sync.(*Mutex)", "sync.(*RWMutex)", "internal/sync.(*Mutex)", "sync.runtime_Sem", "internal/sync.runtime_Sem", "runtime.semacquire",
		"runtime.semrelease", "runtime.lock", "runtime.unlock", "runtime.futex", "runtime.procyield", "runtime.osyield", "sync.(*WaitGroup)",
		"sync.(*Cond)", "internal/poll.(*fdMutex)", "runtime.usleep",
	}},
	{Syscalls, []string{
		"internal/runtime/syscall", "syscall.Syscall", "syscall.RawSyscall", "syscall.rawVforkSyscall", "syscall.syscall", "runtime.syscall",
		"runtime.cgocall", "runtime/internal/syscall", "syscall.", "runtime.write", "runtime.read", "[kernel]",
	}},
	{Copying, []string{
		"runtime.memmove", "runtime.typedmemmove", "runtime.typedslicecopy", "runtime.duffcopy", "runtime.memclr", "runtime.duffzero",
		"runtime.wbMove", "runtime.wbZero", "runtime.slicecopy",
	}},
}

// mechanismOf tells what a stack was doing, by the frames that work below the code that asked: the runtime and what of the
// standard library stands directly on it.
func mechanismOf(frames []frame) Mechanism {
	best := int8(noMechanism)
	for _, f := range frames {
		if !f.below {
			break
		}
		best = min(best, f.rank)
	}
	if best == noMechanism {
		return Computing
	}
	return mechanisms[best].mechanism
}

// noMechanism is the rank of a function that is none's.
const noMechanism = math.MaxInt8

// rankOf is the place in mechanisms of the first that a function's name belongs to.
func rankOf(name string) int8 {
	for rank, m := range mechanisms {
		if hasAnyPrefix(name, m.prefixes) {
			return int8(rank)
		}
	}
	return noMechanism
}

// lowLevel tells whether a function of the standard library stands directly on the runtime.
func lowLevel(name string) bool {
	return hasAnyPrefix(name, []string{"sync.", "internal/sync.", "syscall.", "internal/syscall/", "internal/poll.", "internal/bytealg.", "sync/atomic.", "gcWriteBarrier", "[kernel]"})
}

func hasAnyPrefix(s string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(s, prefix) {
			return true
		}
	}
	return false
}
