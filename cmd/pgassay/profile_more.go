package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/profile"
)

func (p *program) profilePGOCommand() *cli.Command {
	return &cli.Command{
		Name:      "pgo",
		Usage:     "merge CPU profiles into one that go build takes",
		ArgsUsage: "FILE|FOLDER|URL…",
		Description: "Examples:\n" +
			"  pgassay profile pgo -o cmd/server/default.pgo monday/ tuesday/\n" +
			"  go build ./cmd/server   # takes default.pgo by itself",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Value: "default.pgo", Usage: "write the profile to `FILE`", TakesFile: true},
			outputFlags()[0], // the format of the report on it
		}, sourceFlags()...),
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return usageErrorf("name profiles: files, folders or URLs")
			}
			profiles, err := p.openSides(c, profile.CPU)
			if err != nil {
				return err
			}
			var result *profile.PGO
			err = p.writeTo(c.String("output"), func(w io.Writer) error {
				result, err = profile.WritePGO(w, profiles)
				return err
			})
			if err != nil {
				return err
			}
			result.File = c.String("output")
			if result.File == "-" {
				return nil // standard output has the profile
			}
			return p.render(p.stdout, c.String("format"), result, nil)
		},
	}
}

// openSides opens all that the arguments name.
func (p *program) openSides(c *cli.Context, kind profile.Type) ([]*profile.Profile, error) {
	source, err := p.source(c)
	if err != nil {
		return nil, err
	}
	return profile.OpenSides(c.Context, c.Args().Slice(), kind, source)
}

// typeFlag chooses among the profiles of folders.
func typeFlag() cli.Flag {
	return &cli.StringFlag{Name: "type", Value: "cpu", Usage: "of folders, take the profiles of `TYPE`"}
}

// openMerged opens all that the arguments name, of folders those of --type, and adds them up.
func (p *program) openMerged(c *cli.Context) (*profile.Profile, error) {
	return p.merged(c, c.Args().Slice())
}

// openBase opens the profile that --diff-base names; nil if it names none.
func (p *program) openBase(c *cli.Context) (*profile.Profile, error) {
	if c.String("diff-base") == "" {
		return nil, nil
	}
	return p.merged(c, []string{c.String("diff-base")})
}

func (p *program) merged(c *cli.Context, names []string) (*profile.Profile, error) {
	if len(names) == 0 {
		return nil, usageErrorf("name a profile: a file, a folder or a URL")
	}
	kind, err := profile.ParseType(c.String("type"))
	if err != nil {
		return nil, usageErrorf("%s", err)
	}
	source, err := p.source(c)
	if err != nil {
		return nil, err
	}
	profiles, err := profile.OpenSides(c.Context, names, kind, source)
	if err != nil {
		return nil, err
	}
	return profile.Merge(profiles)
}

func (p *program) profilePushCommand() *cli.Command {
	return &cli.Command{
		Name:      "push",
		Usage:     "hand profiles to a continuous-profiling server",
		ArgsUsage: "FILE|FOLDER…",
		Description: "Speaks Pyroscope's ingest API. Of a folder that profile capture wrote, the manifest's labels go with the profiles.\n\n" +
			"Examples:\n" +
			"  pgassay profile push --pyroscope http://localhost:4040 --name shop profiles/\n" +
			"  PGASSAY_PASSWORD=… pgassay profile push --pyroscope https://profiles.example.com --user 1234 --name shop --label env=prod cpu.pb.gz",
		Flags: append(append([]cli.Flag{
			&cli.StringFlag{Name: "pyroscope", Usage: "`URL` of the server", Required: true},
			&cli.StringFlag{Name: "name", Usage: "of the service, as `NAME` there", Required: true},
			&cli.StringSliceFlag{Name: "label", Usage: "`KEY=VALUE` for all profiles"},
			&cli.StringFlag{Name: "user", Usage: "basic authentication as `USER`, with the password in PGASSAY_PASSWORD"},
		}, sourceFlags()...), outputFlags()...),
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return usageErrorf("name profiles: files or folders")
			}
			profiles, err := p.openSides(c, "")
			if err != nil {
				return err
			}
			opts := profile.PushOptions{Server: c.String("pyroscope"), App: c.String("name"), User: c.String("user"), Password: p.getenv("PGASSAY_PASSWORD")}
			if opts.Source, err = p.source(c); err != nil {
				return err
			}
			if opts.Labels, err = labels(c.StringSlice("label")); err != nil {
				return err
			}
			result, err := profile.Push(c.Context, profiles, opts)
			if err != nil {
				return err
			}
			if result.Failed() == len(result.Profiles) {
				return result.Err()
			}
			if err := p.write(c, result, nil); err != nil {
				return err
			}
			if failed := result.Failed(); failed > 0 {
				return fmt.Errorf("%d of %d profiles were not taken: %w", failed, len(result.Profiles), result.Err())
			}
			return nil
		},
	}
}

// labels reads KEY=VALUE pairs.
func labels(pairs []string) (map[string]string, error) {
	if len(pairs) == 0 {
		return nil, nil
	}
	all := map[string]string{}
	for _, pair := range pairs {
		key, value, ok := strings.Cut(pair, "=")
		if !ok || key == "" {
			return nil, usageErrorf("--label is written KEY=VALUE")
		}
		all[key] = value
	}
	return all, nil
}

func (p *program) profileWebCommand() *cli.Command {
	return &cli.Command{
		Name:      "web",
		Usage:     "open the pprof tool's own pages on a profile",
		ArgsUsage: "FILE|FOLDER|URL…",
		Description: "Serves graph, flame graph, source and more until it is interrupted, to this machine alone.\n\n" +
			"Example:\n  pgassay profile web cpu.pb.gz",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "listen", Value: "localhost:0", Usage: "serve at `HOST:PORT`"},
			typeFlag(),
		}, sourceFlags()...),
		Action: func(c *cli.Context) error {
			merged, err := p.openMerged(c)
			if err != nil {
				return err
			}
			handler, err := profile.Web(merged)
			if err != nil {
				return err
			}
			return p.serve(c.Context, c.String("listen"), handler)
		},
	}
}

// serve serves pages until ctx ends.
func (p *program) serve(ctx context.Context, address string, handler http.Handler) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("serve pages: %w; choose another --listen", err)
	}
	if host, _, err := net.SplitHostPort(listener.Addr().String()); err == nil && net.ParseIP(host).IsLoopback() {
		handler = profile.LocalOnly(handler)
	}
	fmt.Fprintf(p.stdout, "http://%s/\n", listener.Addr())
	fmt.Fprintln(p.stderr, "Interrupt to end.")
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	stopped := context.AfterFunc(ctx, func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(last)
	})
	defer stopped()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve pages: %w", err)
	}
	return nil
}
