package pgserver_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgassay/pgassay/internal/pgserver"
)

func ExampleStart() {
	ctx := context.Background()
	server, err := pgserver.Start(ctx, pgserver.Options{Settings: map[string]string{"work_mem": "64MB"}})
	if errors.Is(err, pgserver.ErrNoBinaries) {
		return // no PostgreSQL on this machine, and no network to fetch one
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Stop()

	dsn, err := server.CreateDatabase(ctx, "shop")
	if err != nil {
		fmt.Println(err)
		return
	}
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close(ctx)
	var database, workMem string
	err = conn.QueryRow(ctx, "SELECT current_database(), current_setting('work_mem')").Scan(&database, &workMem)
	fmt.Println(database, workMem, err)
	// Output: shop 64MB <nil>
}
