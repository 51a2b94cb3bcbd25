package disk_test

import (
	"context"
	"net"
	"runtime"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/seed/disk"
)

// TestLook: a server of this machine has a disk whose room is known.
func TestLook(t *testing.T) {
	t.Parallel()
	conn := pgtest.Connect(t, pgtest.Database(t))
	space, err := disk.Look(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "linux" && (!space.Known || space.Free <= 0 || space.Path == "") {
		t.Errorf("space %+v, want it known", space)
	}
	if space.Known == (space.Why != "") {
		t.Errorf("space %+v: either it is known, or there is a reason", space)
	}
}

// elsewhere is a connection whose other end says that it is on another machine.
type elsewhere struct{ net.Conn }

func (elsewhere) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.ParseIP("10.1.2.3"), Port: 5432} }

func TestElsewhere(t *testing.T) {
	t.Parallel()
	config, err := pgx.ParseConfig(pgtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		return elsewhere{c}, err
	}
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	space, err := disk.Look(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	if space.Known || space.Why != "the server runs on another machine" {
		t.Errorf("space %+v of a server on another machine", space)
	}
}
