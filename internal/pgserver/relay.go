package pgserver

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A relay stands between the library that downloads PostgreSQL and the repository: the library can't be cancelled, waits
// for ever, shows no progress, and hides the reason when something goes wrong. The library asks the relay on 127.0.0.1, and
// the relay asks the repository.
type relay struct {
	url    string // what the library is told
	shown  string // the repository, fit to be shown
	server *http.Server
	served chan struct{}
	cancel context.CancelFunc

	target   *url.URL
	client   *http.Client
	patience time.Duration
	progress func(done, total int64)

	mutex sync.Mutex
	err   error // the first one
}

// patience is how long a repository may keep silent, before its answer and within it.
const patience = 30 * time.Second

var errSilent = errors.New("it keeps silent")

func startRelay(ctx context.Context, repository string, patience time.Duration, progress func(done, total int64)) (*relay, error) {
	target, err := url.Parse(repository)
	if err != nil || target.Scheme != "http" && target.Scheme != "https" || target.Host == "" {
		return nil, errors.New("the address of the repository is no http or https URL: check PGASSAY_PG_REPOSITORY")
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	secret := "/" + rand.Text() // keeps other users of this machine from asking the repository in our name
	r := &relay{
		url:    "http://" + listener.Addr().String() + secret,
		shown:  strings.TrimSuffix(target.Redacted(), "/"),
		served: make(chan struct{}), cancel: cancel,
		target: target, client: &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}, patience: patience, progress: progress,
	}
	r.server = &http.Server{
		Handler: http.StripPrefix(secret, http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
			r.relay(ctx, w, request)
		})),
		ReadHeaderTimeout: patience,
	}
	go func() { // ends with the server, which stop waits for
		defer close(r.served)
		_ = r.server.Serve(listener) // returns when stop closes it
	}()
	context.AfterFunc(ctx, func() { r.server.Close() }) // makes the library give up
	return r, nil
}

// stop ends the relay and returns what went wrong between it and the repository.
func (r *relay) stop() error {
	r.cancel()
	_ = r.server.Close() // of listeners and connections on 127.0.0.1
	<-r.served
	r.client.CloseIdleConnections()
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.err
}

func (r *relay) fail(err error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.err == nil {
		r.err = err
	}
}

// relay answers one request of the library.
func (r *relay) relay(ctx context.Context, w http.ResponseWriter, request *http.Request) {
	if err := r.pass(ctx, w, request); err != nil {
		r.fail(err)
		panic(http.ErrAbortHandler) // closes the connection, so that the library can't take a part for the whole
	}
}

func (r *relay) pass(ctx context.Context, w http.ResponseWriter, request *http.Request) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(r.patience, func() { cancel(errSilent) })
	defer silence.Stop()
	address := r.target.JoinPath(request.URL.Path)
	upstream, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return err
	}
	response, err := r.client.Do(upstream)
	if err != nil {
		return r.explain(ctx, address, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		// The library would go on without a checksum.
		return r.refused(response.StatusCode, address)
	}
	if response.ContentLength >= 0 {
		w.Header().Set("Content-Length", strconv.FormatInt(response.ContentLength, 10))
	}
	body := &watched{Reader: response.Body, total: response.ContentLength, heard: func() { silence.Reset(r.patience) }}
	if strings.HasSuffix(request.URL.Path, ".jar") {
		body.progress = r.progress
	}
	if _, err := io.Copy(w, body); err != nil {
		return r.explain(ctx, address, err)
	}
	return nil
}

func (r *relay) refused(status int, address *url.URL) error {
	switch {
	case status == http.StatusNotFound && strings.HasSuffix(address.Path, ".sha256"):
		return fmt.Errorf("%s has no checksum for it (%s), so it can't be trusted", r.shown, address.Redacted())
	case status == http.StatusNotFound:
		return fmt.Errorf("%s has none for this system (%s)", r.shown, address.Redacted())
	}
	return fmt.Errorf("%s answered %d %s (%s)", r.shown, status, http.StatusText(status), address.Redacted())
}

func (r *relay) explain(ctx context.Context, address *url.URL, err error) error {
	if errors.Is(context.Cause(ctx), errSilent) {
		err = fmt.Errorf("%w for %v", errSilent, r.patience)
	}
	var request *url.Error
	if errors.As(err, &request) {
		err = request.Err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the connection broke off")
	}
	return fmt.Errorf("%s: %w: check the network, or install PostgreSQL yourself (PGASSAY_PG_BIN names its folder), or name another repository with PGASSAY_PG_REPOSITORY", address.Redacted(), err)
}

// watched reports what is read.
type watched struct {
	io.Reader
	done, total int64
	heard       func()
	progress    func(done, total int64)
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	w.done += int64(n)
	w.heard()
	if w.progress != nil {
		w.progress(w.done, w.total)
	}
	return n, err
}
