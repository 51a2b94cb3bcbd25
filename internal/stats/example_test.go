package stats_test

import (
	"fmt"

	"github.com/pgassay/pgassay/internal/stats"
)

func ExampleMannKendall() {
	s, p := stats.MannKendall([]float64{10, 12, 15, 14, 18, 21})
	fmt.Printf("S = %d, p = %.4f\n", s, p)
	// Output: S = 13, p = 0.0083
}

func ExampleMaxT() {
	family := stats.MaxT([]stats.Feature{
		{Before: []float64{10, 11, 10, 12}, After: []float64{20, 21, 19, 22}}, // has changed
		{Before: []float64{5, 6, 5, 7}, After: []float64{6, 5, 6, 6}},         // has not
	}, 0.05)
	fmt.Printf("%.3f %.3f\n", family.P[0], family.P[1])
	// Output: 0.029 1.000
}
