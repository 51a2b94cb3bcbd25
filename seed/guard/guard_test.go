package guard_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/internal/pgtest"
	"github.com/pgassay/pgassay/seed/guard"
)

func ExamplePlace_Check() {
	place := guard.Place{Database: "shop_prod", Hosts: []string{"db7"}, Peer: netip.MustParseAddr("10.0.0.7")}
	fmt.Println(place.Check(""))
	fmt.Println(place.Check("shop"))
	fmt.Println(place.Check("shop_prod"))
	// Output:
	// this looks like production: the database is called shop_prod. Nothing was changed. If it is the database that you mean, say so with --yes-this-database shop_prod
	// --yes-this-database shop: this is database shop_prod. Nothing was changed. Check the address, and give exactly that name
	// <nil>
}

func TestSigns(t *testing.T) {
	t.Parallel()
	ip := netip.MustParseAddr
	for _, test := range []struct {
		name  string
		place guard.Place
		want  string // in the signs; "" means that there are none
	}{
		{"a Unix socket", guard.Place{Database: "shop"}, ""},
		{"loopback", guard.Place{Database: "shop", Hosts: []string{"localhost"}, Peer: ip("127.0.0.1"), Server: ip("127.0.0.1")}, ""},
		{"all of loopback", guard.Place{Peer: ip("127.8.9.10")}, ""},
		{"loopback, version 6", guard.Place{Peer: ip("::1")}, ""},
		{"loopback, mapped", guard.Place{Peer: ip("::ffff:127.0.0.1")}, ""},
		{"a container's network", guard.Place{Peer: ip("127.0.0.1"), Server: ip("172.17.0.2")}, ""},
		{"RFC 1918, class A", guard.Place{Peer: ip("10.255.255.255")}, ""},
		{"RFC 1918, class B", guard.Place{Peer: ip("172.31.0.1")}, ""},
		{"beside RFC 1918", guard.Place{Peer: ip("172.32.0.1")}, "its address 172.32.0.1"},
		{"RFC 1918, class C", guard.Place{Peer: ip("192.168.1.1")}, ""},
		{"unique local", guard.Place{Peer: ip("fd12:3456::1")}, ""},
		{"link-local", guard.Place{Peer: ip("169.254.7.7")}, ""},
		{"link-local, version 6", guard.Place{Peer: ip("fe80::1%eth0")}, ""},
		{"carrier's NAT is not private", guard.Place{Peer: ip("100.64.0.1")}, "its address 100.64.0.1"},
		{"public", guard.Place{Peer: ip("203.0.113.9")}, "its address 203.0.113.9 is neither this machine nor in a private network"},
		{"public, version 6", guard.Place{Peer: ip("2001:db8::1")}, "its address 2001:db8::1"},
		{"a forwarded port whose server is public", guard.Place{Peer: ip("127.0.0.1"), Server: ip("203.0.113.9")}, "the server itself has the address 203.0.113.9"},
		{"database", guard.Place{Database: "shop_production"}, "the database is called shop_production"},
		{"host", guard.Place{Hosts: []string{"localhost", "db.live.example.com"}, Peer: ip("10.0.0.1")}, "the host is called db.live.example.com"},
		{"user", guard.Place{User: "prod_admin"}, "the user is called prod_admin"},
		{"cluster", guard.Place{Cluster: "eu-prod-3"}, "the server's cluster_name is eu-prod-3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := strings.Join(test.place.Signs(), "; ")
			if test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("signs %q, want %q", got, test.want)
			}
		})
	}
}

// TestNames tells names of production from names that only look like it.
func TestNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"prod", "PROD", "production", "Production", "live", "prd", "shop_prod", "prod-shop", "shop.prod.eu", "prod1", "prod-01", "shopProd",
		"ShopProduction", "shopprod", "proddb", "prodeu", "prd_shop", "app-live", "live2", "produktion", "shop_producción", "prod_copy",
	} {
		if len(guard.Place{Database: name}.Signs()) == 0 {
			t.Errorf("%s does not look like production", name)
		}
	}
	for _, name := range []string{
		"", "shop", "product", "products", "product_catalog", "productivity", "producer", "reproduction", "deliver", "alive", "olive", "liverpool",
		"livestream", "nonprod", "non-prod", "pre_prod", "preprod", "preproduction", "pre-production", "staging", "dev", "test_abcdef", "pgassay", "postgres",
	} {
		if signs := (guard.Place{Database: name}).Signs(); len(signs) > 0 {
			t.Errorf("%s looks like production: %q", name, signs)
		}
	}
}

// TestQuoted: what the refusal says to write works in a shell.
func TestQuoted(t *testing.T) {
	t.Parallel()
	err := guard.Place{Database: "the boss's prod"}.Check("")
	if want := `--yes-this-database 'the boss'\''s prod'`; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want it to end in %s", err, want)
	}
}

// farAway is a connection that says of itself that its other end is far away.
type farAway struct{ net.Conn }

func (farAway) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.ParseIP("203.0.113.9"), Port: 5432} }

// TestLook looks at a real server, near and as if it were far away.
func TestLook(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Database(t)
	conn := pgtest.Connect(t, dsn)
	place, err := guard.Look(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	if place.Database != conn.Config().Database || place.User != conn.Config().User {
		t.Errorf("place %+v, want database %s and user %s", place, conn.Config().Database, conn.Config().User)
	}
	if err := place.Check(""); err != nil {
		t.Errorf("a test's own server is refused: %v", err)
	}
	if err := place.Check(place.Database); err != nil {
		t.Errorf("a name that was given needlessly: %v", err)
	}
	var mistaken *guard.NameError
	if err := place.Check("other"); !errors.As(err, &mistaken) {
		t.Errorf("another database's name is taken: %v", err)
	}

	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		return farAway{c}, err
	}
	far, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close(context.WithoutCancel(t.Context()))
	if place, err = guard.Look(t.Context(), far); err != nil {
		t.Fatal(err)
	}
	var refused *guard.ProductionError
	if err := place.Check(""); !errors.As(err, &refused) || refused.Database != place.Database {
		t.Errorf("a server with a public address is not refused: %v", err)
	}
}
