package seed

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/internal/pgtest"
)

// TestSettings: sessions do without what ends them early, and without JIT, which takes seconds for look-ups in the catalogs.
func TestSettings(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Database(t)
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	loads, err := pgx.ConnectConfig(t.Context(), session(config))
	if err != nil {
		t.Fatal(err)
	}
	defer closeConn(t.Context(), loads)
	tries, err := trialSession(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer closeConn(t.Context(), tries)
	for _, test := range []struct {
		conn          *pgx.Conn
		setting, want string
	}{
		{loads, "jit", "off"},
		{loads, "statement_timeout", "0"},
		{loads, "idle_in_transaction_session_timeout", "0"},
		{tries, "jit", "off"},
		{tries, "statement_timeout", "10s"},
		{tries, "transaction_read_only", "on"},
	} {
		if got := pgtest.Value[string](t, test.conn, "SELECT current_setting($1)", test.setting); got != test.want {
			t.Errorf("%s is %s, want %s", test.setting, got, test.want)
		}
	}
}
