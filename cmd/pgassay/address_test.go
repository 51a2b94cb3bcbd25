package main

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

// secret is a password that no message may hold, in whatever form the address is wrong.
const secret = "tuna5sandwich"

func TestParseAddress(t *testing.T) {
	for _, name := range []string{"PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGPASSWORD", "PGSERVICE", "PGSSLMODE"} {
		t.Setenv(name, "")
	}
	for _, test := range []struct{ name, dsn, want string }{
		{"url", "postgres://ada:" + secret + "@db.example:5433/shop", "postgres://ada:***@db.example:5433/shop"},
		{"url without password", "postgresql://ada@db.example/shop", "postgres://ada@db.example:5432/shop"},
		{"url with the password behind", "postgres://ada@db.example/shop?password=" + secret, "postgres://ada:***@db.example:5432/shop"},
		{"escaped password", "postgres://ada:%2F" + secret + "%40@db.example/shop", "postgres://ada:***@db.example:5432/shop"},
		{"IPv6", "postgres://ada@[::1]:5432/shop", "postgres://ada@[::1]:5432/shop"},
		{"socket", "postgres://ada:" + secret + "@/shop?host=/run/pg", "postgres://ada:***@/shop?host=/run/pg&port=5432"},
		{"pairs", "host=db.example user=ada password=" + secret + " dbname=shop", "postgres://ada:***@db.example:5432/shop"},
		{"quoted pairs", "host=db.example user=ada password='" + secret + " and more' dbname=shop", "postgres://ada:***@db.example:5432/shop"},
		{"user to be escaped", "host=db.example user='a:b' password=" + secret + " dbname=shop", "postgres://a%3Ab:***@db.example:5432/shop"},
	} {
		t.Run(test.name, func(t *testing.T) {
			config, err := parseAddress(test.dsn)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, maskedURL(&config.Config)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if strings.Contains(test.dsn, secret) != strings.Contains(config.Password, secret) {
				t.Errorf("the password is %q", config.Password)
			}
		})
	}
}

func TestParseAddressErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, dsn, want string }{
		{"slash in the password", "postgres://ada:12/" + secret + "@db.example/shop", "%2F"},
		{"question mark in the password", "postgres://ada:12?" + secret + "@db.example/shop", "%3F"},
		{"hash in the password", "postgres://ada:12#" + secret + "@db.example/shop", "%23"},
		{"percent in the password", "postgres://ada:12%" + secret + "@db.example/shop", "%25"},
		{"space in the password", "postgres://ada:12 " + secret + "@db.example/shop", "percent-encoded"},
		{"colon and no user", "postgres://ada:" + secret + ":x@db.example:y/shop", "its port is not a number"},
		{"port", "postgres://ada:" + secret + "@db.example:99999/shop", "port"},
		{"port of pairs", "host=a port=" + secret, "its port is not a number"},
		{"ports and hosts", "host=a,b port=1,2,3 password=" + secret, "as many ports as hosts"},
		{"space in a pair", "host=db.example password=tuna " + secret, "key=value pairs"},
		{"open quote", "host=db.example password='" + secret, "key=value pairs"},
		{"no scheme", "ada:" + secret + "@db.example:5432/shop", "postgres://user:password@host:5432/database"},
		{"another database", "mysql://ada:" + secret + "@db.example/shop", "mysql:// is no address of a PostgreSQL database"},
		{"timeout", "host=a connect_timeout=" + secret, "its connect_timeout is none"},
		{"session attributes", "host=a target_session_attrs=" + secret, "its target_session_attrs is none"},
		{"TLS mode", "host=a sslmode=" + secret, "configure TLS: sslmode is invalid"},
		{"root certificate", "host=a sslmode=verify-full sslrootcert=/none/such password=" + secret, "/none/such"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := parseAddress(test.dsn)
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("the message lacks %q: %s", test.want, err)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the message holds the password: %s", err)
			}
		})
	}
}

// TestExplainConnect connects to what is no PostgreSQL server.
func TestExplainConnect(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, answer, parameters string
		want                     string
	}{
		{"a web server", "HTTP/1.1 400 Bad Request\r\n\r\n", "", "does not speak PostgreSQL's protocol"},
		{"a web server without TLS", "HTTP/1.1 400 Bad Request\r\n\r\n", "sslmode=disable", "does not speak PostgreSQL's protocol"},
		{"SSH", "SSH-2.0-OpenSSH\r\n", "", "does not speak PostgreSQL's protocol"},
		{"another database", "J\x00\x00\x00\x0a5.5.5-MariaDB", "", "does not speak PostgreSQL's protocol"},
		{"no TLS", "N", "sslmode=require", "the server has no TLS, and sslmode asks for it"},
		{"hangs up", "", "", "the other side hung up"},
		{"no TLS, then hangs up", "N", "", "the other side hung up"},
		{"silent", "wait", "sslmode=disable", "no answer in 100ms: check host, port and firewall"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			config, err := parseAddress("postgres://ada:" + secret + "@" + answering(t, test.answer) + "/shop?" + test.parameters)
			if err != nil {
				t.Fatal(err)
			}
			if test.answer == "wait" {
				config.ConnectTimeout = 100 * time.Millisecond
			}
			conn, err := pgx.ConnectConfig(t.Context(), config)
			if err == nil {
				t.Fatal("connected", conn.Close(t.Context()))
			}
			err = explainConnect(err, &config.Config)
			if !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "connect to postgres://ada:***@127.0.0.1:") {
				t.Errorf("the error lacks %q: %v", test.want, err)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error holds the password: %v", err)
			}
		})
	}
}

// answering listens, answers whoever connects with the same words, and hangs up when it has read once; unless it is to
// wait, when it does nothing. It returns its address.
func answering(t *testing.T, words string) string {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	if words == "wait" {
		return listener.Addr().String()
	}
	go func() { // ends with the listener
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, words)
			_, _ = conn.Read(make([]byte, 1024))
			conn.Close()
		}
	}()
	return listener.Addr().String()
}

// FuzzParseAddress holds that no message about an address holds a password that is delimited well enough to be known.
func FuzzParseAddress(f *testing.F) {
	f.Add("postgres://ada:", "@db.example:5433/shop")
	f.Add("host=a password=", " port=x")
	f.Add("host=a password='", "")
	f.Add("postgres://u:1/", "@h:`: invalid port/")
	f.Fuzz(func(t *testing.T, before, after string) {
		if _, err := parseAddress(before + secret + after); err != nil && strings.Contains(err.Error(), secret) {
			// A file that isn't there and a service that isn't defined have to be named.
			if !strings.HasPrefix(err.Error(), "configure TLS: ") && !strings.HasPrefix(err.Error(), "read the service file: ") {
				t.Errorf("%q: %s", before+secret+after, err)
			}
		}
	})
}
