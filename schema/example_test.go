package schema_test

import (
	"fmt"

	"github.com/pgassay/pgassay/schema"
)

func ExampleQualifiedName() {
	fmt.Println(schema.QualifiedName("public", "users"))
	fmt.Println(schema.QualifiedName("My Schema", "order"))
	// Output:
	// public.users
	// "My Schema"."order"
}

func ExampleDatabase_Order() {
	key := func(table string) *schema.ForeignKey {
		return &schema.ForeignKey{ReferencedSchema: "public", ReferencedTable: table}
	}
	db := &schema.Database{Tables: []*schema.Table{
		{Schema: "public", Name: "comments", ForeignKeys: []*schema.ForeignKey{key("posts"), key("comments")}},
		{Schema: "public", Name: "posts", ForeignKeys: []*schema.ForeignKey{key("users")}},
		{Schema: "public", Name: "teams", ForeignKeys: []*schema.ForeignKey{key("users")}},
		{Schema: "public", Name: "users", ForeignKeys: []*schema.ForeignKey{key("teams")}},
	}}
	for _, c := range db.Order() {
		for _, t := range c.Tables {
			fmt.Print(t.Name, " ")
		}
		fmt.Println("circle:", c.Cyclic(), "itself:", c.SelfReferences)
	}
	// Output:
	// teams users circle: true itself: false
	// posts circle: false itself: false
	// comments circle: false itself: true
}

func ExampleDatabase_Find() {
	db := &schema.Database{Tables: []*schema.Table{{Schema: "public", Name: "users"}, {Schema: "shop", Name: "Orders"}}}
	for _, name := range []string{"users", "shop.Orders", "user"} {
		if t, err := db.Find(name); err != nil {
			fmt.Println(err)
		} else {
			fmt.Println(t.QualifiedName())
		}
	}
	// Output:
	// public.users
	// shop."Orders"
	// no such table: user; did you mean public.users?
}
