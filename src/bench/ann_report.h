// Figures as text: a table for people, one JSON object a line for programs.
//
// Thread safety: pure functions. Lines end without a newline.
#pragma once

#include <string>

#include "bench/ann_run.h"

namespace vecgate::bench {

/// {"event":"built", …}: the data set, the index, and what building took.
std::string BuiltJson(const AnnRun& run, const BuildFigures& figures);
/// {"event":"point", …}
std::string PointJson(SweepKind kind, const PointFigures& figures);
/// {"event":"error", "code": …, "message": …}
std::string ErrorJson(const Error& error);

/// A few lines above the table.
std::string BuiltText(const AnnRun& run, const BuildFigures& figures);
std::string PointTableHead(SweepKind kind);
std::string PointTableRow(const PointFigures& figures);

}  // namespace vecgate::bench
