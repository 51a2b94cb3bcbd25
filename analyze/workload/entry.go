package workload

import (
	"time"
)

// entry is one message of a PostgreSQL log with all its parts. Its slices are valid until the next one is read.
type entry struct {
	at          time.Time
	session     []byte // session id, or process id
	user        []byte
	database    []byte
	application []byte
	transaction []byte // virtual transaction id
	severity    severity
	code        []byte // SQLSTATE
	message     []byte
	detail      []byte
	query       []byte // STATEMENT: the statement that the message is about
	cut         bool   // a line was longer than is read
}

func (e *entry) reset() { *e = entry{} }

type severity uint8

const (
	noSeverity severity = iota
	sevDebug
	sevInfo // and NOTICE
	sevWarning
	sevLog
	sevError
	sevFatal
	sevPanic
)

// severityOf reads a severity's name.
func severityOf(name []byte) severity {
	switch string(name) {
	case "LOG":
		return sevLog
	case "ERROR":
		return sevError
	case "FATAL":
		return sevFatal
	case "PANIC":
		return sevPanic
	case "WARNING":
		return sevWarning
	case "INFO", "NOTICE":
		return sevInfo
	case "DEBUG", "DEBUG1", "DEBUG2", "DEBUG3", "DEBUG4", "DEBUG5":
		return sevDebug
	}
	return noSeverity
}

// clock reads time stamps. Those of one log are alike and ascend, so most of each is known from the one before.
type clock struct {
	date     [19]byte // of the last time stamp: 2006-01-02 15:04:05
	second   time.Time
	zone     [12]byte
	zoneSize int
	offset   *time.Location
	unknown  string // a zone's abbreviation that is not known and was taken for UTC
}

// read reads "2006-01-02 15:04:05.000 CET", with or without the fraction, with a T between date and time, and with a zone
// that is an abbreviation, an offset, Z or missing (UTC). It returns how many bytes the time stamp takes, 0 if there is none.
func (c *clock) read(b []byte) (t time.Time, size int) {
	if len(b) < 19 || b[4] != '-' || b[13] != ':' || b[16] != ':' {
		return t, 0
	}
	i := 19
	var nanos int64
	if i < len(b) && (b[i] == '.' || b[i] == ',') {
		i++
		scale := int64(100_000_000)
		for i < len(b) && b[i] >= '0' && b[i] <= '9' {
			nanos += int64(b[i]-'0') * scale
			scale /= 10
			i++
		}
	}
	zone := c.zoneOf(b[i:])
	if c.offset == nil || [19]byte(b[:19]) != c.date || c.zoneSize != zone || string(b[i:i+zone]) != string(c.zone[:zone]) {
		if !c.parse(b[:19], b[i:i+zone]) {
			return t, 0
		}
	}
	return c.second.Add(time.Duration(nanos)), i + zone
}

// zoneOf returns the length of the zone that b starts with, with the space in front of it.
func (c *clock) zoneOf(b []byte) int {
	i := 0
	if i < len(b) && b[i] == ' ' {
		i++
	}
	start := i
	if i < len(b) && (b[i] == '+' || b[i] == '-') {
		for i++; i < len(b) && i-start < 9 && (b[i] >= '0' && b[i] <= '9' || b[i] == ':'); {
			i++
		}
		if b[i-1] == ':' {
			i--
		}
		if i-start < 3 {
			return 0
		}
		return i
	}
	for i < len(b) && i-start < 6 && b[i] >= 'A' && b[i] <= 'Z' {
		i++
	}
	if i-start < 2 && (i == start || b[start] != 'Z') {
		return 0
	}
	if severityOf(b[start:i]) != noSeverity { // "2006-01-02 15:04:05 LOG:"
		return 0
	}
	return i
}

func (c *clock) parse(date, zone []byte) bool {
	digits := [...]int{0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18}
	var n [14]int
	for k, i := range digits {
		if date[i] < '0' || date[i] > '9' {
			return false
		}
		n[k] = int(date[i] - '0')
	}
	month, day, hour, minute, second := n[4]*10+n[5], n[6]*10+n[7], n[8]*10+n[9], n[10]*10+n[11], n[12]*10+n[13]
	if month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60 {
		return false
	}
	c.zoneSize = copy(c.zone[:], zone)
	c.offset = c.location(zone)
	c.second = time.Date(n[0]*1000+n[1]*100+n[2]*10+n[3], time.Month(month), day, hour, minute, second, 0, c.offset)
	copy(c.date[:], date)
	return true
}

// abbreviations of time zones, in hours from UTC. Ambiguous ones have the meaning that PostgreSQL's default set gives them.
var abbreviations = map[string]float64{
	"UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "MSD": 4, "EST": -5, "EDT": -4,
	"CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10, "IST": 5.5, "PKT": 5, "JST": 9, "KST": 9,
	"HKT": 8, "SGT": 8, "AWST": 8, "ACST": 9.5, "ACDT": 10.5, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "BRT": -3, "ART": -3, "CLT": -4,
	"CLST": -3, "SAST": 2, "EAT": 3, "CAT": 2, "WAT": 1, "WIB": 7, "ICT": 7, "TRT": 3, "IDT": 3,
}

func (c *clock) location(zone []byte) *time.Location {
	name := string(zone)
	if name != "" && name[0] == ' ' {
		name = name[1:]
	}
	if name == "" || name == "UTC" || name == "GMT" || name == "Z" {
		return time.UTC
	}
	if name[0] == '+' || name[0] == '-' {
		hours, minutes := 0, 0
		var digits []int
		for _, d := range []byte(name[1:]) {
			if d != ':' {
				digits = append(digits, int(d-'0'))
			}
		}
		if len(digits) >= 2 {
			hours = digits[0]*10 + digits[1]
		}
		if len(digits) >= 4 {
			minutes = digits[2]*10 + digits[3]
		}
		seconds := hours*3600 + minutes*60
		if name[0] == '-' {
			seconds = -seconds
		}
		return time.FixedZone(name, seconds)
	}
	hours, ok := abbreviations[name]
	if !ok {
		c.unknown = name
		return time.UTC
	}
	return time.FixedZone(name, int(hours*3600))
}
