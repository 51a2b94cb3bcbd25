package meaning

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		table, column string
		class         Class
		want          string
		group         string
	}{
		{"users", "email", Text, "email", ""},
		{"users", "emailAddress", Text, "email", ""},
		{"orders", "billing_email", Text, "email", "billing"},
		{"users", "email", Bool, "", ""},
		{"users", "email_verified", Bool, "mostly-true", ""},
		{"users", "firstName", Text, "first-name", ""},
		{"users", "firstname", Text, "first-name", ""},
		{"users", "LAST_NAME", Text, "last-name", ""},
		{"users", "name", Text, "full-name", ""},
		{"companies", "name", Text, "company", ""},
		{"products", "name", Text, "product", ""},
		{"things", "name", Text, "name", ""},
		{"users", "user_name", Text, "username", ""},
		{"addresses", "billing_zip", Text, "postal-code", "billing"},
		{"addresses", "state", Text, "region", ""},
		{"orders", "state", Text, "order-status", ""},
		{"things", "state", Text, "status", ""},
		{"orders", "status", Number, "code", ""},
		{"orders", "total_price", Number, "amount", ""},
		{"orders", "price_cents", Number, "cents", ""},
		{"items", "unit_price", Number, "price", ""},
		{"items", "qty", Number, "quantity", ""},
		{"places", "lat", Number, "latitude", ""},
		{"places", "geo_lng", Number, "longitude", ""},
		{"posts", "title", Text, "title", ""},
		{"posts", "body", Text, "body", ""},
		{"posts", "slug", Text, "slug", ""},
		{"posts", "views_count", Number, "count", "views"},
		{"posts", "num_likes", Number, "count", "num"},
		{"posts", "created_at", Time, "created-at", ""},
		{"posts", "createdAt", Time, "created-at", ""},
		{"posts", "updated_on", Time, "updated-at", ""},
		{"posts", "deleted_at", Time, "deleted-at", ""},
		{"jobs", "finished_at", Time, "ended-at", ""},
		{"tokens", "expires_at", Time, "expires-at", ""},
		{"users", "date_of_birth", Time, "birth-date", ""},
		{"users", "reset_password_token", Text, "one-time-token", ""},
		{"users", "encrypted_password", Text, "password-hash", ""},
		{"users", "current_sign_in_ip", Text, "ip-address", "current"},
		{"sessions", "ip_address", Network, "ip-address", ""},
		{"comments", "commentable_type", Text, "model", ""},
		{"commits", "sha", Text, "sha1", ""},
		{"files", "content_type", Text, "mime-type", ""},
		{"files", "byte_size", Number, "bytes", ""},
		{"accounts", "settings", JSON, "settings", ""},
		{"events", "payload", JSON, "metadata", ""},
		{"users", "is_admin", Bool, "mostly-false", ""},
		{"users", "gender", Text, "gender", ""},
		{"cities", "name", Text, "city", ""},
		{"x", "percent_complete", Number, "percent", ""},
		{"patienten", "vorname", Text, "first-name", ""},
		{"Kunden", "name", Text, "full-name", ""},
		{"kunden", "Straße", Text, "street-address", ""},
		{"kunden", "plz", Text, "postal-code", ""},
		{"rechnungen", "Fälligkeitsdatum", Time, "expires-at", ""},
		{"artikel", "einzelpreis", Number, "price", ""},
		{"commandes", "prix_unitaire", Number, "price", ""},
		{"commandes", "date_commande", Time, "created-at", ""},
		{"clients", "code_postal", Text, "postal-code", ""},
		{"clients", "prénom", Text, "first-name", ""},
		{"clientes", "fechaNacimiento", Time, "birth-date", ""},
		{"clientes", "codigo_postal", Text, "postal-code", ""},
		{"productos", "actualizado_en", Time, "updated-at", ""},
		{"productos", "nombre", Text, "product", ""},
		{"payments", "method", Text, "payment-method", ""},
		{"requests", "method", Text, "http-method", ""},
		{"api_keys", "prefix", Text, "key-prefix", ""},
		{"shipments", "delivered_at", Time, "delivered-at", ""},
		{"x", "flurb", Text, "", ""},
		{"x", "", Text, "", ""},
	}
	for _, test := range tests {
		m := Of(Column{Name: test.column, Table: test.table, Class: test.class})
		if m.Name != test.want || test.want != "" && m.Group != test.group {
			t.Errorf("%s.%s is %q of group %q, want %q of %q", test.table, test.column, m.Name, m.Group, test.want, test.group)
		}
	}
}

func TestComment(t *testing.T) {
	t.Parallel()
	if m := Of(Column{Name: "c7", Comment: "Postal code", Class: Text}); m.Name != "postal-code" || m.Why != "its comment" {
		t.Errorf("%+v", m)
	}
	if m := Of(Column{Name: "c7", Comment: "What the postal code would have been before the reform of the email", Class: Text}); m.Name != "" {
		t.Errorf("a long comment was read as %s", m.Name)
	}
}

// TestRules holds the table against itself: every pattern is reached, every line says how to make values.
func TestRules(t *testing.T) {
	t.Parallel()
	for i := range rules {
		r := &rules[i]
		if r.Name == "" || strings.ToLower(r.Name) != r.Name || strings.Contains(r.Name, " ") {
			t.Errorf("line %d: the name %q", i, r.Name)
		}
		if r.class&Text != 0 && len(r.Templates) == 0 && len(r.Labels) == 0 && r.Prose == 0 {
			t.Errorf("%s: no text can be made", r.Name)
		}
		if r.class == Number && r.High <= r.Low && len(r.Labels) == 0 {
			t.Errorf("%s: no numbers can be made", r.Name)
		}
		if r.Shape == LogNormal && (r.Median <= 0 || r.Sigma <= 0 || r.Median < r.Low || r.Median > r.High) {
			t.Errorf("%s: median %v and sigma %v do not go with %v to %v", r.Name, r.Median, r.Sigma, r.Low, r.High)
		}
		table := ""
		if r.table != "" {
			table, _, _ = strings.Cut(r.table, " ")
		}
		class := Class(1)
		for r.class&class == 0 {
			class <<= 1
		}
		var shadowed []string
		for pattern := range strings.FieldsSeq(r.names) {
			name := strings.Trim(pattern, "^")
			if before, ok := strings.CutSuffix(name, "*"); ok {
				name = before + "_something"
			}
			if m := Of(Column{Name: strings.TrimPrefix(name, "*_"), Table: table, Class: class}); m.Name != r.Name && !strings.HasPrefix(pattern, "*") {
				shadowed = append(shadowed, pattern+" is "+m.Name)
			}
		}
		if len(shadowed) > 0 {
			t.Errorf("%s: earlier lines have %s", r.Name, strings.Join(shadowed, ", "))
		}
	}
}

func TestNamed(t *testing.T) {
	t.Parallel()
	if m, ok := Named("email", Text); !ok || len(m.Templates) == 0 {
		t.Errorf("%+v %v", m, ok)
	}
	for _, name := range []string{"no-such-thing", ""} {
		if _, ok := Named(name, Text); ok {
			t.Errorf("%q has a meaning", name)
		}
	}
	if _, ok := Named("email", Time); ok {
		t.Error("an email is no time")
	}
	if names := Names(); !slices.IsSorted(names) || len(names) < 100 {
		t.Errorf("%d names", len(names))
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"created_at": {"created", "at"}, "createdAt": {"created", "at"}, "URLPath": {"url", "path"}, "user-ID": {"user", "id"},
		"IPAddress": {"ip", "address"}, "address2": {"address2"}, "Größe": {"größe"}, "__x__": {"x"}, "": nil, "SKU": {"sku"},
	} {
		if diff := cmp.Diff(want, Words(name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func ExampleOf() {
	m := Of(Column{Table: "orders", Name: "billing_zip", Class: Text})
	fmt.Println(m.Name, m.Group, m.Templates)
	// Output: postal-code billing [{zip} {digits:5}]
}
