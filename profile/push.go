package profile

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pgassay/pgassay/internal/report"
)

// PushOptions say where profiles go. Server and App have no default.
type PushOptions struct {
	Server string            // of Pyroscope, such as http://localhost:4040
	App    string            // what the service is called there
	Labels map[string]string // of all profiles

	User, Password string // basic authentication, if User is set
	Source         Options
}

// Pushed is what became of each profile. Its JSON is a contract: it only ever gains fields.
type Pushed struct {
	Version  int           `json:"version"`
	Server   string        `json:"server"`
	Profiles []PushedEntry `json:"profiles"`
}

// PushedEntry is one profile.
type PushedEntry struct {
	Source string `json:"source"`
	Name   string `json:"name"` // with its labels, as Pyroscope has it
	Bytes  int64  `json:"bytes"`
	Error  string `json:"error,omitempty"`

	err error
}

// Err joins the errors of the profiles that were not taken.
func (r *Pushed) Err() error {
	var all []error
	for _, entry := range r.Profiles {
		all = append(all, entry.err)
	}
	return errors.Join(all...)
}

// Push hands profiles to a Pyroscope server through its ingest API, which Grafana Cloud and others speak too. One that
// fails does not keep the others.
func Push(ctx context.Context, profiles []*Profile, opts PushOptions) (*Pushed, error) {
	server, err := url.Parse(opts.Server)
	if err != nil || server.Host == "" || server.Scheme != "http" && server.Scheme != "https" {
		return nil, fmt.Errorf("push profiles: server %q: write it as http://host:4040", redact(opts.Server))
	}
	if opts.App == "" {
		return nil, errors.New("push profiles: the application has no name")
	}
	opts.Source = opts.Source.withDefaults()
	r := &Pushed{Version: 1, Server: redactURL(server), Profiles: []PushedEntry{}}
	for _, p := range profiles {
		entry := PushedEntry{Source: p.Source, Name: pushName(opts, p)}
		if entry.Bytes, entry.err = push(ctx, server, p, entry.Name, opts); entry.err != nil {
			entry.err = fmt.Errorf("push %s to %s: %w", p.Source, r.Server, entry.err)
			entry.Error = entry.err.Error()
		}
		r.Profiles = append(r.Profiles, entry)
		if ctx.Err() != nil {
			break
		}
	}
	return r, nil
}

// pushName writes the application's name and labels as Pyroscope reads them: app{key=value,key=value}.
func pushName(opts PushOptions, p *Profile) string {
	var pairs []string
	labels := map[string]bool{}
	for key := range opts.Labels {
		labels[key] = true
	}
	for key := range p.Labels {
		labels[key] = true
	}
	for _, key := range sorted(labels) {
		value := cmp.Or(opts.Labels[key], p.Labels[key])
		pairs = append(pairs, labelText(key)+"="+labelText(value))
	}
	return labelText(opts.App) + "{" + strings.Join(pairs, ",") + "}"
}

// labelText replaces what would end a label.
func labelText(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("{},= \"", r) || r < ' ' {
			return '_'
		}
		return r
	}, s)
}

// push sends one profile.
func push(ctx context.Context, server *url.URL, p *Profile, name string, opts PushOptions) (int64, error) {
	decoded, err := p.load()
	if err != nil {
		return 0, err
	}
	var packed bytes.Buffer
	if err := decoded.Write(&packed); err != nil {
		return 0, err
	}
	body, contentType, err := pushForm(packed.Bytes(), p)
	if err != nil {
		return 0, err
	}
	from := p.Time()
	if from.IsZero() {
		from = time.Now().Add(-p.Duration())
	}
	until := from.Add(max(p.Duration(), time.Second))
	address := server.JoinPath("ingest")
	address.RawQuery = url.Values{
		"name": {name}, "from": {strconv.FormatInt(from.Unix(), 10)}, "until": {strconv.FormatInt(until.Unix(), 10)},
		"spyName": {"gospy"}, "sampleRate": {strconv.FormatInt(sampleRate(p.flat), 10)},
	}.Encode()
	wait := opts.Source.Timeout
	ctx, cancel := context.WithTimeoutCause(ctx, wait, errTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address.String(), bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", contentType)
	fetch := fetcher{opts.Source}
	fetch.authorise(request)
	if opts.User != "" {
		request.SetBasicAuth(opts.User, opts.Password)
	}
	client := fetch.client(target{base: server})
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		return 0, explain(ctx, err, wait)
	}
	defer response.Body.Close()
	message, _ := io.ReadAll(io.LimitReader(response.Body, 4<<10))
	if response.StatusCode/100 != 2 {
		line, _, _ := strings.Cut(strings.TrimSpace(string(message)), "\n")
		return 0, fmt.Errorf("the server answers %s: %s", response.Status, printable(line[:min(len(line), 200)]))
	}
	return int64(packed.Len()), nil
}

// pushForm writes the multipart form of the ingest API. Pyroscope knows the sample types of CPU and heap profiles; of
// the others it must be told what they are.
func pushForm(packed []byte, p *Profile) (body []byte, contentType string, err error) {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	parts := map[string][]byte{"profile": packed}
	if config := sampleTypeConfig(p); config != nil {
		if parts["sample_type_config"], err = json.Marshal(config); err != nil {
			return nil, "", err
		}
	}
	for _, name := range []string{"profile", "sample_type_config"} {
		if parts[name] == nil {
			continue
		}
		part, err := w.CreateFormFile(name, name)
		if err != nil {
			return nil, "", err
		}
		if _, err := part.Write(parts[name]); err != nil {
			return nil, "", err
		}
	}
	err = w.Close()
	return form.Bytes(), w.FormDataContentType(), err
}

type sampleType struct {
	Units       string `json:"units"`
	DisplayName string `json:"display-name,omitempty"`
	Aggregation string `json:"aggregation,omitempty"`
	Cumulative  bool   `json:"cumulative,omitempty"`
	Sampled     bool   `json:"sampled,omitempty"`
}

func sampleTypeConfig(p *Profile) map[string]sampleType {
	switch p.Type {
	case Goroutine:
		return map[string]sampleType{"goroutine": {Units: "goroutines", DisplayName: "goroutines", Aggregation: "average"}}
	case Mutex, Block:
		prefix := string(p.Type)
		return map[string]sampleType{
			"contentions": {Units: "lock_samples", DisplayName: prefix + "_count", Aggregation: "sum", Cumulative: true},
			"delay":       {Units: "lock_nanoseconds", DisplayName: prefix + "_duration", Aggregation: "sum", Cumulative: true},
		}
	}
	return nil
}

// sampleRate is how often a second a CPU was looked at; 100 where that has no meaning.
func sampleRate(f *flat) int64 {
	for column := range f.types {
		if f.nanoseconds(column) > 0 && f.period > 0 {
			if u, ok := findUnit(f.periodType.unit); ok && u.base == "s" {
				return max(1, int64(1e9/(u.factor*float64(f.period))+0.5))
			}
		}
	}
	return 100
}

// Document renders the result for people.
func (r *Pushed) Document() report.Document {
	var d report.Document
	table := report.Table{Columns: []report.Column{{Name: "profile"}, {Name: "as"}, {Name: "size", Right: true}}}
	var failures report.List
	for _, entry := range r.Profiles {
		if entry.Error != "" {
			failures.Items = append(failures.Items, entry.Error)
			continue
		}
		table.Rows = append(table.Rows, []report.Value{report.Name(entry.Source), report.Name(entry.Name), report.Bytes(entry.Bytes)})
	}
	d.Add(table)
	if len(failures.Items) > 0 {
		d.Add(report.Heading{Level: 1, Text: "Not taken"}, failures)
	}
	return d
}

// Failed is the number of profiles that were not taken.
func (r *Pushed) Failed() int {
	return len(slices.DeleteFunc(slices.Clone(r.Profiles), func(e PushedEntry) bool { return e.err == nil }))
}
