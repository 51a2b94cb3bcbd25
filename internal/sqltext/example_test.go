package sqltext_test

import (
	"fmt"

	"github.com/pgassay/pgassay/internal/sqltext"
)

func ExampleNormalize() {
	fmt.Println(sqltext.Normalize("select * from users where id in (1, 2, 3) and name = 'Ada' -- who?"))
	// Output: SELECT * FROM users WHERE id IN ($1) AND name = $2
}

func ExampleFingerprint() {
	fmt.Println(sqltext.Fingerprint("SELECT 1") == sqltext.Fingerprint("select  'x';"))
	// Output: true
}

func ExampleSplit() {
	for _, s := range sqltext.Split("-- name: Users\nselect * from users;\nselect ';'") {
		fmt.Printf("%d %q %s\n", s.Line, s.Name, s.Text)
	}
	// Output:
	// 2 "Users" select * from users
	// 3 "" select ';'
}

func ExampleTags() {
	fmt.Println(sqltext.Tags(`select 1 /*route='%2Fusers'*/`)["route"])
	// Output: /users
}

func ExampleQuoteIdent() {
	fmt.Println(sqltext.QuoteIdent("posts"), sqltext.QuoteIdent("Order"))
	// Output: posts "Order"
}
