package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// sarifSchema is the schema of SARIF 2.1.0 with errata 01, which the output is tested against.
const sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

// The parts of SARIF 2.1.0 that are written, by their section in the OASIS standard.
type (
	sarifLog struct { // 3.13
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct { // 3.14
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		ColumnKind  string            `json:"columnKind"`
		Results     []sarifResult     `json:"results"`
	}
	sarifTool struct { // 3.18
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct { // 3.19
		Name           string      `json:"name"`
		Version        string      `json:"version,omitempty"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct { // 3.49
		ID               string         `json:"id"`
		ShortDescription *sarifMessage  `json:"shortDescription,omitempty"`
		FullDescription  *sarifMessage  `json:"fullDescription,omitempty"`
		Help             *sarifMessage  `json:"help,omitempty"`
		Properties       map[string]any `json:"properties,omitempty"`
	}
	sarifInvocation struct { // 3.20
		ExecutionSuccessful bool `json:"executionSuccessful"`
	}
	sarifMessage struct { // 3.11, 3.12
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifResult struct { // 3.27
		RuleID              string            `json:"ruleId"`
		RuleIndex           int               `json:"ruleIndex"`
		Level               string            `json:"level"`
		Message             sarifMessage      `json:"message"`
		Locations           []sarifLocation   `json:"locations,omitempty"`
		RelatedLocations    []sarifLocation   `json:"relatedLocations,omitempty"`
		PartialFingerprints map[string]string `json:"partialFingerprints"`
		OccurrenceCount     int64             `json:"occurrenceCount,omitempty"`
		Properties          map[string]any    `json:"properties,omitempty"`
	}
	sarifLocation struct { // 3.28
		ID               *int            `json:"id,omitempty"`
		PhysicalLocation *sarifPhysical  `json:"physicalLocation,omitempty"`
		LogicalLocations []sarifLogical  `json:"logicalLocations,omitempty"`
		Message          *sarifPlainText `json:"message,omitempty"`
	}
	sarifPlainText struct {
		Text string `json:"text"`
	}
	sarifPhysical struct { // 3.29
		ArtifactLocation sarifArtifact `json:"artifactLocation"`
		Region           *sarifRegion  `json:"region,omitempty"`
		ContextRegion    *sarifRegion  `json:"contextRegion,omitempty"`
	}
	sarifArtifact struct { // 3.4
		URI       string `json:"uri"`
		URIBaseID string `json:"uriBaseId,omitempty"`
	}
	sarifRegion struct { // 3.30
		StartLine int             `json:"startLine"`
		EndLine   int             `json:"endLine,omitempty"`
		Snippet   *sarifPlainText `json:"snippet,omitempty"`
	}
	sarifLogical struct { // 3.33
		Name               string `json:"name,omitempty"`
		FullyQualifiedName string `json:"fullyQualifiedName,omitempty"`
		Kind               string `json:"kind,omitempty"`
	}
)

// renderSARIF writes one run. A result's region is the guilty line, its context region the whole statement.
func renderSARIF(w io.Writer, d Document, opts Options) error {
	findings := d.Findings()
	run := sarifRun{
		Tool:        sarifTool{sarifDriver{Name: "pgassay", Version: opts.Version, InformationURI: "https://github.com/pgassay/pgassay", Rules: d.sarifRules()}},
		Invocations: []sarifInvocation{{true}}, ColumnKind: "unicodeCodePoints", Results: []sarifResult{},
	}
	for _, f := range findings {
		result := d.sarifResult(f, opts)
		result.RuleIndex = slices.IndexFunc(run.Tool.Driver.Rules, func(r sarifRule) bool { return r.ID == f.Rule })
		run.Results = append(run.Results, result)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}}); err != nil {
		return fmt.Errorf("render sarif: %w", err)
	}
	return nil
}

// sarifRules documents the rules of the findings, each once, by id.
func (d Document) sarifRules() []sarifRule {
	rules := []sarifRule{}
	for _, f := range d.Findings() {
		if slices.ContainsFunc(rules, func(r sarifRule) bool { return r.ID == f.Rule }) {
			continue
		}
		rule := sarifRule{ID: f.Rule}
		if i := slices.IndexFunc(d.Rules, func(r Rule) bool { return r.ID == f.Rule }); i >= 0 {
			rule = d.Rules[i].sarif()
		}
		rules = append(rules, rule)
	}
	slices.SortFunc(rules, func(a, b sarifRule) int { return cmp.Compare(a.ID, b.ID) })
	return rules
}

func (r Rule) sarif() sarifRule {
	silent := "Silent when " + strings.TrimSuffix(r.Silent, ".") + "."
	if r.Silent == "" {
		silent = ""
	}
	plain := joinParts("\n\n", r.About, silent, "What to do: "+r.Advice)
	marked := joinParts("\n\n", escapeMarkdown(r.About), escapeMarkdown(silent), "**What to do:** "+escapeMarkdown(r.Advice))
	rule := sarifRule{ID: r.ID, Help: &sarifMessage{Text: plain, Markdown: marked}, Properties: map[string]any{"tags": []string{"performance", "postgresql", "sql"}}}
	if r.Title != "" {
		rule.ShortDescription = &sarifMessage{Text: r.Title}
	}
	if r.About != "" {
		rule.FullDescription = &sarifMessage{Text: r.About}
	}
	return rule
}

// joinParts joins those that are not empty.
func joinParts(separator string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), separator)
}

func (d Document) sarifResult(f Finding, opts Options) sarifResult {
	text := f.Title + "\n" + f.summary()
	result := sarifResult{
		RuleID: f.Rule, Level: string(f.Severity), Message: sarifMessage{Text: sarifText(text)},
		PartialFingerprints: map[string]string{"pgassayFinding/v1": f.Identity()}, OccurrenceCount: f.Count,
		Properties: map[string]any{"estimated": f.Estimated, "mend": f.Mend},
	}
	if f.Proof != nil {
		result.Properties["proof"] = f.Proof
	}
	if f.Fingerprint != "" {
		result.PartialFingerprints["statement/v1"] = f.Fingerprint
	}
	if location, ok := d.sarifLocation(f, opts); ok {
		result.Locations = []sarifLocation{location}
	}
	related := f.Related
	if at := parsePlace(f.CallSite); f.CallSite != "" && at != f.where() {
		related = append([]Related{{What: "call site", Location: f.CallSite}}, related...)
	}
	for _, r := range related {
		at := parsePlace(r.Location)
		if at.file == "" {
			continue
		}
		id := len(result.RelatedLocations)
		result.RelatedLocations = append(result.RelatedLocations, sarifLocation{ID: &id, PhysicalLocation: at.sarif(opts), Message: &sarifPlainText{r.What}})
	}
	return result
}

// sarifLocation is where a finding is. One on a table is at no line: it is put at the file that was analysed, because
// code scanning drops results that are nowhere.
func (d Document) sarifLocation(f Finding, opts Options) (location sarifLocation, ok bool) {
	for _, logical := range []sarifLogical{{Kind: "table", FullyQualifiedName: f.Table}, {Kind: "function", FullyQualifiedName: f.Function}} {
		if logical.FullyQualifiedName != "" {
			location.LogicalLocations = append(location.LogicalLocations, logical)
		}
	}
	at := f.where()
	if at.file == "" {
		for _, c := range d.Cases {
			if p := parsePlace(c.Source); p.file != "" {
				at = place{file: p.file}
				break
			}
		}
	}
	if at.file == "" {
		return location, len(location.LogicalLocations) > 0
	}
	location.PhysicalLocation = at.sarif(opts)
	if region := location.PhysicalLocation.Region; region != nil && f.Excerpt != "" {
		region.Snippet = &sarifPlainText{f.Excerpt}
	}
	if c, known := d.caseOf(f); known && c.Lines > 1 {
		if start := parsePlace(c.Source); start.line > 0 && start.file == at.file {
			location.PhysicalLocation.ContextRegion = &sarifRegion{StartLine: start.line, EndLine: start.line + c.Lines - 1}
		}
	}
	return location, true
}

func (p place) sarif(opts Options) *sarifPhysical {
	uri, relative := p.uri(opts)
	physical := &sarifPhysical{ArtifactLocation: sarifArtifact{URI: uri}}
	if relative {
		physical.ArtifactLocation.URIBaseID = "%SRCROOT%"
	}
	if p.line > 0 {
		physical.Region = &sarifRegion{StartLine: p.line}
	}
	return physical
}

// sarifText keeps a message from being read as one with placeholders, {0} (3.11.5), or links, [text](target) (3.11.6).
func sarifText(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '{' && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9':
			out.WriteString("{{")
		case c == '}' && i > 0 && s[i-1] >= '0' && s[i-1] <= '9':
			out.WriteString("}}")
		case c == ']' && i+1 < len(s) && s[i+1] == '(':
			out.WriteString("] ")
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}
