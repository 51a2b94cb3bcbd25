package rule

// All returns every rule. The order is that of precedence: where two rules see the same fault, the first speaks.
func All() []Rule {
	return []Rule{
		staleStats(), cartesian(), partitionNoPrune(),
		castOnColumn(), implicitCastParam(), functionOnColumn(), likeLeadingWildcard(), jsonbContainment(), arrayOverlap(), fullText(),
		missingIndex(),
		misestimateJoin(),
		notInNull(), orAcross(), inListLarge(),
		deepOffset(), wrongIndexOrderBy(), topNFullScan(), sortAvoidable(),
		seqScanLoop(), subplanCorrelated(), seqScanSelective(), indexFilter(),
		joinFilter(), nestedLoopInner(), materializeLoops(), cteMaterialized(),
		sortSpill(), hashSpill(), aggSpill(), tempIO(),
		recheckLossy(), heapFetches(), buffersPerRow(), coldRead(), wideRow(),
		fkTrigger(), fkUnindexed(), dmlNotHot(), walHeavy(),
		parallelNotLaunched(), jitOverhead(), planningDominates(), settingsForced(), genericPlanTrap(),
		indexDuplicate(), indexOverlap(), indexUnused(),
		misestimate(), noIndexHelps(),
	}
}
