// Comparing what two engines answered. Each function returns "" when they agree, else what differs.
#pragma once

#include <string>

#include "engine/requests.h"

namespace vecgate::model_test {

std::string Differ(const Column& tested, const Column& expected, const char* what);
std::string Differ(const QueryResult& tested, const QueryResult& expected);
std::string Differ(const CollectionStats& tested, const CollectionStats& expected);

/// Exact, but for cosine: scores within 1e-5, and keys may change places where scores are that
/// near.
std::string Differ(const SearchRequest& request, const SearchResult& tested,
                   const SearchResult& expected);

/// What must hold for an approximate index too: as many hits, best first, each with scores no
/// better than the exact ones at its place. Adds the shares of exact hits that were found.
struct Recall {
  uint64_t found = 0;
  uint64_t wanted = 0;
};
std::string DifferApproximately(const SearchRequest& request, const SearchResult& tested,
                                const SearchResult& expected, Recall& recall);

}  // namespace vecgate::model_test
