package value

// Override is what the configuration says of a column. At most one of Generator, Values, Template, Range, SQL and
// Default is set; the engine's configuration reader has checked that.
type Override struct {
	Generator string     // the name of a generator: email, first-name, sentence, …
	Values    []Weighted // a list of values in text form
	Template  string     // text with {column} and {row} in it
	Min, Max  *string    // bounds in text form, inclusive
	SQL       string     // an expression that the server evaluates; it may name the row's other columns
	Default   bool       // the column is left to its default
	// Distribution of Min to Max or of Values: uniform, normal, lognormal, exponential or zipf; "" for the default.
	Distribution string
	NullShare    *float64
	// Where it stands in the configuration, for messages: "seed.yaml:12".
	Where string
}

// Weighted is a value of a list.
type Weighted struct {
	Value  *string // nil is NULL
	Weight float64 // relative; all 0 means equal weights
}
