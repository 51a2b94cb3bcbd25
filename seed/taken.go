package seed

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgassay/pgassay/schema"
)

// takenRows is how many of the rows that a table held before are looked at, for new ones to differ from them.
const takenRows = 200_000

// takenTuples are the values of some columns in the rows that were there before. A value is nil where it is null.
type takenTuples struct {
	rows [][][]byte
	keys map[string]bool // by tupleKey, those without null
}

// taken reads what the rows of a table that is added to have in some columns. There are none where the table was empty, or
// where they can't be read, in which case the load itself will tell.
func (l *layout) taken(ctx context.Context, columns []string) (*takenTuples, error) {
	if l.table.first == 0 || l.request.Server == nil {
		return &takenTuples{}, nil
	}
	cache := strings.Join(columns, "\x00")
	if t := l.tuples[cache]; t != nil {
		return t, nil
	}
	quoted := make([]string, len(columns))
	for i, name := range columns {
		quoted[i] = schema.Quote(name)
	}
	sql := fmt.Sprintf("SELECT %s FROM %s LIMIT %d", strings.Join(quoted, ", "), l.table.Table, takenRows)
	result := l.request.Server.ExecParams(ctx, sql, nil, nil, nil, []int16{1}).Read()
	t := &takenTuples{keys: map[string]bool{}}
	if pgErr := (*pgconn.PgError)(nil); errors.As(result.Err, &pgErr) && ctx.Err() == nil {
		return t, nil
	}
	if result.Err != nil {
		return nil, fmt.Errorf("read the rows that %s holds: %w", l.table.Table, result.Err)
	}
	t.rows = result.Rows
	for _, row := range t.rows {
		if key, ok := tupleKey(row); ok {
			t.keys[key] = true
		}
	}
	if l.tuples == nil {
		l.tuples = map[string]*takenTuples{}
	}
	l.tuples[cache] = t
	return t, nil
}

// tupleKey joins values so that different tuples have different keys; not ok if one is null.
func tupleKey(values [][]byte) (key string, ok bool) {
	var b []byte
	for _, v := range values {
		if v == nil {
			return "", false
		}
		b = binary.BigEndian.AppendUint32(b, uint32(len(v)))
		b = append(b, v...)
	}
	return string(b), true
}

// takenValues lists what a column has in the rows that were there before.
func (l *layout) takenValues(ctx context.Context, name string) ([][]byte, error) {
	t, err := l.taken(ctx, []string{name})
	if err != nil {
		return nil, err
	}
	var values [][]byte
	for _, row := range t.rows {
		if row[0] != nil {
			values = append(values, row[0])
		}
	}
	return values, nil
}

// mayBeClaimed tells whether a foreign key is one to one in a table that is added to.
func (l *layout) mayBeClaimed(ref *reference) bool {
	return l.table.first > 0 && slices.ContainsFunc(uniqueSets(l.table.table), func(s uniqueSet) bool {
		return s.simple() && len(s.columns) > 0 && containsAll(ref.key.Columns, s.columns)
	})
}

// unclaimed drops the parents that a foreign key may not point to any more, because it is one to one and rows that were there
// before point to them.
func (l *layout) unclaimed(ctx context.Context, ref *reference, parents []uint64) ([]uint64, error) {
	for _, s := range uniqueSets(l.table.table) {
		if !s.simple() || len(s.columns) == 0 || !containsAll(ref.key.Columns, s.columns) {
			continue
		}
		t, err := l.taken(ctx, s.columns)
		if err != nil {
			return nil, err
		}
		if len(t.keys) == 0 {
			continue
		}
		parents = slices.DeleteFunc(parents, func(row uint64) bool {
			if row < existing {
				return false // nobody can have pointed to what is yet to be made
			}
			tuple := make([][]byte, len(s.columns))
			for i, name := range s.columns {
				referenced := ref.key.ReferencedColumns[slices.Index(ref.key.Columns, name)]
				known := ref.source.columns[referenced]
				if known == nil || known.pool == nil {
					return false
				}
				g := converted(l.plan.db, known.pool, ref.parent.table.Column(referenced), l.table.table.Column(name))
				if v, null := g.Append([]byte{}, row-existing); !null {
					tuple[i] = v
				}
			}
			key, ok := tupleKey(tuple)
			return ok && t.keys[key]
		})
	}
	return parents, nil
}

// claim notes, for a set that is searched, the combinations that rows have that were there before.
func (s *search) claim(ctx context.Context, set *searchedSet) error {
	if s.l.table.first == 0 || !set.simple() {
		return nil
	}
	columns := set.rest
	t, err := s.l.taken(ctx, columns)
	if err != nil {
		return err
	}
next:
	for _, row := range t.rows {
		key := uint64(0)
		for i, name := range columns {
			id := uint32(noRow)
			if row[i] != nil {
				var known bool
				if id, known = s.ids[name][string(row[i])]; !known {
					continue next // nothing that a new row may have
				}
			} else if !set.notDistinct {
				continue next
			}
			key = mixedValue(key, id)
		}
		set.taken[key] = struct{}{}
	}
	return nil
}
