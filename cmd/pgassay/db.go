package main

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/pgassay/pgassay/internal/pgserver"
	"github.com/pgassay/pgassay/internal/report"
)

func (p *program) dbCommand() *cli.Command {
	return &cli.Command{
		Name:  "db",
		Usage: "manage pgassay's own PostgreSQL server, which every command uses that isn't told another database",
		Description: "The server belongs to you alone: it listens on 127.0.0.1 with a password of its own, and its data is in your cache\n" +
			"folder. Its PostgreSQL is the one on PATH, else the newest in the usual places, else one that is downloaded.\n\n" +
			"Environment:\n" +
			"  PGASSAY_PG_BIN         folder of the initdb and postgres to use, or \"download\" to pass over what is installed\n" +
			"  PGASSAY_PG_REPOSITORY  Maven repository to download from\n" +
			"  PGASSAY_CACHE          folder for the server and for what is downloaded\n\n" +
			"Examples:\n" +
			"  pgassay db start\n" +
			"  psql \"$(pgassay db url)\"\n" +
			"  export DATABASE_URL=$(pgassay db url)\n" +
			"  pgassay db stop",
		Action: p.helpOrUnknown,
		Subcommands: []*cli.Command{
			p.dbStartCommand(), p.dbStopCommand(), p.dbStatusCommand(), p.dbURLCommand(),
		},
	}
}

func (p *program) dbStartCommand() *cli.Command {
	return &cli.Command{
		Name:  "start",
		Usage: "start the server, unless it runs, and leave it running",
		Flags: append([]cli.Flag{
			&cli.IntFlag{Name: "port", Usage: "TCP `PORT` to listen on, on 127.0.0.1 (default: that of last time, else a free one)"},
			&cli.StringFlag{Name: "version", Usage: "`VERSION` of PostgreSQL, such as 17 or 17.5; it is downloaded if this machine hasn't got it"},
			&cli.BoolFlag{Name: "reset", Usage: "throw away the server's data first"},
		}, outputFlags()...),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			port := c.Int("port")
			if c.IsSet("port") && (port < 1 || port > 65535) {
				return usageErrorf("--port: %d is no port: use 1 to 65535", port)
			}
			opts := pgserver.KeptOptions{Port: port, Reset: c.Bool("reset")}
			opts.Version = c.String("version")
			if _, err := p.keptServer(c.Context, opts); err != nil {
				return err
			}
			status, err := p.dbStatus()
			if err != nil {
				return err
			}
			return p.write(c, status, nil)
		},
	}
}

func (p *program) dbStopCommand() *cli.Command {
	return &cli.Command{
		Name:  "stop",
		Usage: "stop the server; its data stays",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Usage: "also stop the temporary servers that were kept, and remove what killed processes left behind"},
		},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			ran, err := pgserver.StopKept(c.Context, p.getenv("PGASSAY_CACHE"))
			if err != nil {
				return err
			}
			if ran {
				fmt.Fprintln(p.stdout, "stopped")
			} else {
				fmt.Fprintln(p.stdout, "no server was running")
			}
			if !c.Bool("all") {
				return nil
			}
			removed, err := pgserver.StopTemporaries(c.Context, p.getenv("PGASSAY_CACHE"))
			for _, t := range removed {
				fmt.Fprintln(p.stdout, "removed", t.Folder)
			}
			return err
		},
	}
}

func (p *program) dbStatusCommand() *cli.Command {
	return &cli.Command{
		Name:  "status",
		Usage: "tell whether the server runs, and which temporary servers there are",
		Description: "Exits with 0 if the server runs and with 3 if it doesn't. Temporary servers are those of demo and other commands; they end\n" +
			"with their command, and those that didn't are listed as left behind.",
		Flags: outputFlags(),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			status, err := p.dbStatus()
			if err != nil {
				return err
			}
			if err := p.write(c, status, nil); err != nil {
				return err
			}
			if !status.Running {
				return foundError{"the server does not run"}
			}
			return nil
		},
	}
}

func (p *program) dbURLCommand() *cli.Command {
	return &cli.Command{
		Name:  "url",
		Usage: "print the server's address with its password, starting the server if need be",
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			kept, err := p.keptServer(c.Context, pgserver.KeptOptions{})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(p.stdout, kept.DSN)
			return err
		},
	}
}

func noArguments(c *cli.Context) error {
	if c.NArg() > 0 {
		return usageErrorf("%s takes no arguments, and got %q", c.Command.HelpName, c.Args().First())
	}
	return nil
}

// dbStatus is the result of db status and db start.
type dbStatus struct {
	Version    int                  `json:"version"`
	Running    bool                 `json:"running"`
	PostgreSQL string               `json:"postgresql"` // 16.4; empty if it doesn't run, as are the next three
	URL        string               `json:"url"`        // with *** for the password
	Port       int                  `json:"port"`
	PID        int                  `json:"pid"`
	Folder     string               `json:"folder"`
	SizeBytes  int64                `json:"size_bytes"`
	Temporary  []pgserver.Temporary `json:"temporary"`
}

func (p *program) dbStatus() (dbStatus, error) {
	kept, running, err := pgserver.FindKept(p.getenv("PGASSAY_CACHE"))
	if err != nil {
		return dbStatus{}, err
	}
	status := dbStatus{Version: 1, Running: running, PostgreSQL: kept.Version, Port: kept.Port, PID: kept.PID, Folder: kept.Folder}
	if running {
		config, err := parseAddress(kept.DSN)
		if err != nil {
			return dbStatus{}, err
		}
		status.URL = maskedURL(&config.Config)
	}
	status.SizeBytes = folderSize(kept.Folder)
	status.Temporary, err = pgserver.Temporaries(p.getenv("PGASSAY_CACHE"))
	return status, err
}

// Document shows the status to people.
func (s dbStatus) Document() report.Document {
	doc := report.Document{Title: "Database server"}
	state := report.Text("stopped")
	if s.Running {
		state = report.Textf("PostgreSQL %s, process %d", s.PostgreSQL, s.PID)
	}
	table := report.Table{Columns: []report.Column{{Name: "server"}, {Name: ""}}}
	table.Rows = append(table.Rows, []report.Value{report.Text("state"), state})
	if s.Running {
		table.Rows = append(table.Rows, []report.Value{report.Text("address"), report.Name(s.URL)})
	}
	table.Rows = append(table.Rows,
		[]report.Value{report.Text("folder"), report.Name(s.Folder)},
		[]report.Value{report.Text("size"), report.Bytes(s.SizeBytes)})
	doc.Add(table)
	if len(s.Temporary) == 0 {
		doc.Add(report.Paragraph{Text: "There are no temporary servers."})
		return doc
	}
	temporary := report.Table{
		Columns: []report.Column{{Name: "temporary server"}, {Name: "state"}, {Name: "process", Right: true}, {Name: "started"}},
	}
	left := false
	for _, t := range s.Temporary {
		process := "-"
		if t.PID != 0 {
			process = fmt.Sprint(t.PID)
		}
		temporary.Rows = append(temporary.Rows, []report.Value{
			report.Name(t.Folder), report.Text(t.State), report.Text(process), report.Text(t.Started.Local().Format(time.DateTime)),
		})
		left = left || t.State == pgserver.StateLeft || t.State == pgserver.StateKept
	}
	doc.Add(temporary)
	if left {
		doc.Add(report.Paragraph{Text: "pgassay db stop --all removes those that are kept or left behind."})
	}
	return doc
}

// folderSize adds up the files below a folder. What can't be read, or goes meanwhile, doesn't count.
func folderSize(dir string) int64 {
	var size int64
	_ = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			if entry != nil && entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
			size += info.Size()
		}
		return nil
	})
	return size
}
