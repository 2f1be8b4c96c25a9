// What a quantizer keeps of a data set: the recall of searches that compare its codes with every
// query, alone and with their best compared again on full vectors.
//
// Thread safety: threads begin and end within a call.
#pragma once

#include "bench/ann_data.h"
#include "bench/recall.h"
#include "index/code_space.h"

namespace vecgate::bench {

struct CodesSearch {
  Metric metric = Metric::kCosine;
  size_t k = 10;
  size_t rerank = 100;  ///< How many of the best by codes are compared again.
  size_t threads = 1;
};

struct CodesFigures {
  size_t bytes = 0;  ///< Of a vector's code with all that belongs to it.
  double train_s = 0;
  double encode_us = 0;        ///< Of one vector, one thread.
  double compare_ns = 0;       ///< Processor time of one comparison in a scan.
  double recall = 0;           ///< Of the k best by codes.
  double reranked_recall = 0;  ///< Of the k best by full vectors among the `rerank` best by codes.
};

/// Trains `codes` on at most 65,536 rows spread over the base, encodes all rows, and scans them for
/// every query. REQUIRES: rerank >= k.
Result<CodesFigures> MeasureCodes(const AnnData& data, const RecallJudge& judge,
                                  const CodesSearch& search, index::CodeSpace& codes);

}  // namespace vecgate::bench
