package profile

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// fetcher gets profiles over HTTP.
type fetcher struct {
	opts Options
}

// client connects to one target. Redirects stay on the host that was asked for: headers may hold a token, and it is
// nobody else's.
func (f fetcher) client(t target) *http.Client {
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: f.opts.Timeout}).DialContext,
		TLSClientConfig:     f.opts.TLS,
		TLSHandshakeTimeout: f.opts.Timeout,
		DisableKeepAlives:   true,
		DisableCompression:  true, // profiles are compressed already, and the limits must see what is sent
	}
	if t.socket != "" {
		transport.Proxy = nil
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", t.socket)
		}
	}
	if t.dial != "" {
		transport.Proxy = nil
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", t.dial)
		}
	}
	return &http.Client{Transport: transport, CheckRedirect: stayOnHost}
}

// errElsewhere is a redirect that is not followed.
var errElsewhere = errors.New("it redirects to another host")

func stayOnHost(next *http.Request, via []*http.Request) error {
	from := via[0].URL
	switch {
	case len(via) >= 5:
		return errors.New("it redirects in circles")
	case next.URL.Host == from.Host && (next.URL.Scheme == from.Scheme || from.Scheme == "http"):
		return nil
	case next.URL.Hostname() == from.Hostname() && from.Scheme == "http" && next.URL.Scheme == "https" &&
		(from.Port() == "" || from.Port() == "80") && (next.URL.Port() == "" || next.URL.Port() == "443"):
		return nil // the usual upgrade
	}
	return fmt.Errorf("%w, %s://%s, where nothing was sent; give that address if it is the right one", errElsewhere, next.URL.Scheme, next.URL.Host)
}

// get fetches one profile and returns the bytes as they came.
func (f fetcher) get(ctx context.Context, t target, kind Type) ([]byte, error) {
	address := t.address(kind, f.opts)
	wait := f.opts.Timeout
	if recording := secondsOf(address); recording > 0 {
		wait += recording
	}
	ctx, cancel := context.WithTimeoutCause(ctx, wait, errTimeout)
	defer cancel()
	data, err := f.request(ctx, t, address)
	if err != nil {
		return nil, fmt.Errorf("capture %s: %w", redactURL(address), explain(ctx, err, wait))
	}
	return data, nil
}

// secondsOf is how long a service records before it answers.
func secondsOf(address *url.URL) time.Duration {
	d, err := time.ParseDuration(address.Query().Get("seconds") + "s")
	if err != nil {
		return 0
	}
	return d
}

// authorise sets the headers that were asked for.
func (f fetcher) authorise(request *http.Request) {
	maps.Copy(request.Header, f.opts.Header)
	if host := f.opts.Header.Get("Host"); host != "" {
		request.Host = host
	}
	if f.opts.Bearer != "" {
		request.Header.Set("Authorization", "Bearer "+f.opts.Bearer)
	}
}

func (f fetcher) request(ctx context.Context, t target, address *url.URL) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", "pgassay")
	f.authorise(request)
	client := f.client(t)
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		message, _ := io.ReadAll(io.LimitReader(response.Body, 4<<10))
		return nil, statusError(response, message)
	}
	if limit := f.opts.Read.MaxBytes; response.ContentLength > limit {
		return nil, fmt.Errorf("%w: %d MiB, over %d MiB", ErrTooLarge, response.ContentLength>>20, limit>>20)
	}
	data, err := readBounded(response.Body, f.opts.Read.MaxBytes)
	switch {
	case err != nil:
		return nil, err
	case len(data) == 0:
		return nil, ErrEmpty
	case strings.HasPrefix(response.Header.Get("Content-Type"), "text/html"):
		return nil, fmt.Errorf("%w; give the path of the profiles with the address, such as http://host:port%s", ErrHTML, standardPath)
	}
	return data, nil
}

// statusError says what an answer other than 200 means and what to do about it.
func statusError(response *http.Response, message []byte) error {
	said := ""
	if kind := response.Header.Get("Content-Type"); kind == "" || strings.HasPrefix(kind, "text/plain") {
		line, _, _ := bytes.Cut(bytes.TrimSpace(message), []byte("\n"))
		said = printable(string(line[:min(len(line), 200)]))
	}
	text := "the service answers " + response.Status
	if said != "" {
		text += ": " + said
	}
	switch {
	case response.StatusCode == http.StatusNotFound:
		text += "; is net/http/pprof served there? Give the path with the address if it is another than " + standardPath
	case response.StatusCode == http.StatusUnauthorized || response.StatusCode == http.StatusForbidden:
		text += "; give --bearer-token-file, --header or a client certificate"
	case strings.Contains(said, "already in use") || strings.Contains(said, "already enabled"):
		text += "; a Go process records one CPU profile and one trace at a time: wait until the other is done"
	case strings.Contains(said, "HTTP request to an HTTPS server"):
		text += "; use https:// instead of http://"
	case strings.Contains(said, "exceeds server's WriteTimeout"):
		text += "; record fewer seconds, or raise the server's WriteTimeout"
	}
	return errors.New(text)
}

// printable drops control characters, so that a service can't write to the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return -1
		}
		return r
	}, s)
}

var errTimeout = errors.New("timed out")

// explain turns the errors of a connection into what a person can act on.
func explain(ctx context.Context, err error, wait time.Duration) error {
	var urlErr *url.Error
	if errors.As(err, &urlErr) {
		err = urlErr.Err // its text repeats the address, with its secrets
	}
	var dns *net.DNSError
	var op *net.OpError
	var unknown *tls.CertificateVerificationError
	switch {
	case errors.Is(context.Cause(ctx), errTimeout):
		return fmt.Errorf("no complete answer within %s; is the service overloaded, or --timeout too short?", wait)
	case errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Errorf("there is no host %s; check the name", dns.Name)
	case errors.As(err, &dns):
		return fmt.Errorf("the name %s can't be looked up: %s; is the resolver reachable?", dns.Name, dns.Err)
	case errors.As(err, &unknown):
		return fmt.Errorf("%w; give its authority with --ca-file", err)
	case errors.As(err, &op) && op.Op == "dial":
		return fmt.Errorf("nothing answers there (%w); is the service running, and is the port right?", op.Err)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Errorf("%w: the service closed the connection", ErrTruncated)
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return errors.New("the service speaks plain HTTP: use http:// instead of https://")
	case strings.Contains(err.Error(), "tls: certificate required"), strings.Contains(err.Error(), "tls: bad certificate"),
		strings.Contains(err.Error(), "tls: unknown certificate"):
		return fmt.Errorf("the service wants another client certificate (%w); give one with --cert-file and --key-file", err)
	}
	return err
}
