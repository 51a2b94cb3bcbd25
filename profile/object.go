package profile

import (
	"cmp"
	"debug/elf"
	"debug/gosym"
	"os"
	"slices"
	"strings"
)

// An object is a binary that samples fell into. Its file is opened when it is first seen, because a program that go test
// or go run made is gone when the command has ended, and read when the first name is asked for.
type object struct {
	name    string
	file    *os.File // nil if it can't be opened, as with [vdso]
	read    bool
	goTable *gosym.Table
	symbols []elf.Symbol // functions, by address
	loads   []elf.ProgHeader
}

// kernelCode stands for all that runs in the kernel.
var kernelCode = &object{name: "[kernel]", read: true}

func newObject(name string) *object {
	o := &object{name: name}
	if strings.HasPrefix(name, "/") {
		o.file, _ = os.Open(strings.TrimSuffix(name, " (deleted)"))
	}
	return o
}

func (o *object) close() {
	if o.file != nil {
		o.file.Close()
	}
}

// addressOf turns a place in the file into an address of the symbol table.
func (o *object) addressOf(offset uint64) uint64 {
	o.load()
	for _, l := range o.loads {
		if offset >= l.Off && offset < l.Off+l.Filesz {
			return offset - l.Off + l.Vaddr
		}
	}
	return offset
}

// symbol names the function at an address, with its file and line if it is Go's. The name is empty if there is none.
func (o *object) symbol(address uint64) (name, file string, line int64) {
	if o == kernelCode {
		return o.name, "", 0
	}
	o.load()
	if o.goTable != nil {
		if file, line, fn := o.goTable.PCToLine(address); fn != nil {
			return fn.Name, file, int64(line)
		}
	}
	at, found := slices.BinarySearchFunc(o.symbols, address, func(s elf.Symbol, a uint64) int { return cmp.Compare(s.Value, a) })
	if !found {
		at--
	}
	if at >= 0 && at < len(o.symbols) {
		if s := o.symbols[at]; address < s.Value+max(s.Size, 1) {
			return s.Name, "", 0
		}
	}
	return "", "", 0
}

// load reads the binary's tables. What can't be read leaves addresses without names.
func (o *object) load() {
	if o.read {
		return
	}
	o.read = true
	if o.file == nil {
		return
	}
	f, err := elf.NewFile(o.file)
	if err != nil {
		return
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_LOAD {
			o.loads = append(o.loads, p.ProgHeader)
		}
	}
	all, _ := f.Symbols()
	dynamic, _ := f.DynamicSymbols()
	text := uint64(0)
	for _, s := range append(all, dynamic...) {
		if s.Name == "runtime.text" {
			text = s.Value
		}
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC && s.Value != 0 {
			o.symbols = append(o.symbols, s)
		}
	}
	slices.SortStableFunc(o.symbols, func(a, b elf.Symbol) int { return cmp.Compare(a.Value, b.Value) })
	if section := f.Section(".text"); section != nil && text == 0 {
		text = section.Addr
	}
	for _, name := range []string{".gopclntab", ".data.rel.ro.gopclntab"} {
		section := f.Section(name)
		if section == nil {
			continue
		}
		if data, err := section.Data(); err == nil {
			o.goTable, _ = gosym.NewTable(nil, gosym.NewLineTable(data, text))
		}
	}
}
