// Package guard keeps made-up rows out of databases that look like production: it collects the signs that a connection
// shows, and refuses the database unless its name was given on purpose.
//
// What it can't see is the far end of a tunnel: a forwarded port on localhost is localhost, and only the names of the
// database, the user and the cluster, or the address that the server itself reports, can then give production away.
package guard

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Place is where a database is, as far as a connection to it tells. The zero value has no sign of production.
type Place struct {
	Database string     // as the server calls it
	User     string     // who is connected
	Cluster  string     // the server's cluster_name, or ""
	Hosts    []string   // as the address names them; folders of Unix sockets are left out
	Peer     netip.Addr // the other end of the connection; not valid for a Unix socket
	Server   netip.Addr // where the server itself says that it was connected to; not valid for a Unix socket
}

// Look finds out where the database is that conn is connected to. It reads, and changes nothing.
func Look(ctx context.Context, conn *pgx.Conn) (Place, error) {
	config := conn.Config()
	p := Place{Peer: address(conn.PgConn().Conn().RemoteAddr())}
	hosts := []string{config.Host}
	for _, f := range config.Fallbacks {
		hosts = append(hosts, f.Host)
	}
	for _, host := range hosts {
		if host != "" && !strings.HasPrefix(host, "/") && !strings.HasPrefix(host, "@") {
			p.Hosts = append(p.Hosts, host)
		}
	}
	var server *string
	err := conn.QueryRow(ctx, "SELECT current_database(), session_user::text, current_setting('cluster_name'), host(inet_server_addr())", pgx.QueryExecModeExec).
		Scan(&p.Database, &p.User, &p.Cluster, &server)
	if err != nil {
		return p, fmt.Errorf("find out where the database is: %w", err)
	}
	if server != nil {
		p.Server, _ = netip.ParseAddr(*server) // written by the server; without it the other signs count
	}
	return p, nil
}

// address is the IP address of a connection's other end, not valid for a Unix socket.
func address(a net.Addr) netip.Addr {
	switch a := a.(type) {
	case *net.TCPAddr:
		return a.AddrPort().Addr().Unmap()
	case nil, *net.UnixAddr:
		return netip.Addr{}
	}
	// A connection that somebody wraps: what it says of itself.
	if at, err := netip.ParseAddrPort(a.String()); err == nil {
		return at.Addr().Unmap()
	}
	return netip.Addr{}
}

// Signs lists what makes the place look like production, each as half a sentence: "its name is shop_prod". Empty means
// that nothing does.
func (p Place) Signs() []string {
	var signs []string
	if word := productionWord(p.Database); word != "" {
		signs = append(signs, fmt.Sprintf("the database is called %s", p.Database))
	}
	named := map[string]bool{}
	for _, host := range p.Hosts {
		if _, err := netip.ParseAddr(host); err != nil && productionWord(host) != "" && !named[host] {
			named[host] = true
			signs = append(signs, fmt.Sprintf("the host is called %s", host))
		}
	}
	if productionWord(p.User) != "" {
		signs = append(signs, fmt.Sprintf("the user is called %s", p.User))
	}
	if productionWord(p.Cluster) != "" {
		signs = append(signs, fmt.Sprintf("the server's cluster_name is %s", p.Cluster))
	}
	switch {
	case p.Peer.IsValid() && !near(p.Peer):
		signs = append(signs, fmt.Sprintf("its address %s is neither this machine nor in a private network", p.Peer))
	case p.Server.IsValid() && !near(p.Server):
		signs = append(signs, fmt.Sprintf("the server itself has the address %s, which is neither this machine nor in a private network", p.Server))
	}
	return signs
}

// near tells whether an address is this machine's own or in a private network: loopback, RFC 1918, RFC 4193 (unique
// local), link-local.
func near(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast()
}

// ProductionError refuses a database.
type ProductionError struct {
	Database string
	Signs    []string
}

func (e *ProductionError) Error() string {
	return fmt.Sprintf("this looks like production: %s. Nothing was changed. If it is the database that you mean, say so with --yes-this-database %s",
		strings.Join(e.Signs, "; "), shellWord(e.Database))
}

// NameError is a confirmation that names another database than the one that is connected.
type NameError struct{ Database, Confirmed string }

func (e *NameError) Error() string {
	return fmt.Sprintf("--yes-this-database %s: this is database %s. Nothing was changed. Check the address, and give exactly that name", shellWord(e.Confirmed), shellWord(e.Database))
}

// Check refuses a place that looks like production, unless confirmed is exactly its database's name; and any place, if
// confirmed is the name of another database. Empty means that nothing was confirmed. The error is a *ProductionError or
// a *NameError.
func (p Place) Check(confirmed string) error {
	switch signs := p.Signs(); {
	case confirmed != "" && confirmed != p.Database:
		return &NameError{Database: p.Database, Confirmed: confirmed}
	case confirmed == "" && len(signs) > 0:
		return &ProductionError{Database: p.Database, Signs: signs}
	}
	return nil
}

// shellWord quotes a name for a shell where it needs it.
func shellWord(name string) string {
	if name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && r != '-' && r != '.' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}
