// What the cases of the suite share: an engine on a fresh directory, and small collections.
//
// Expectations are GoogleTest's; helpers that must succeed record a failure when they do not.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/conformance/conformance.h"

namespace vecgate::conformance {

/// A row of the collection "items": a key, a point in the plane, and scalars that may be null.
struct Item {
  int64_t id = 0;
  std::vector<float> point = {0, 0};
  std::optional<std::string> color{};
  std::optional<int64_t> rank{};
  std::optional<std::vector<int64_t>> tags{};
  std::optional<std::string> info{};  ///< JSON
  std::string meta = "{}";            ///< Dynamic keys, as a JSON object.
  uint32_t partition = 0;
};

/// Positions of the fields of "items".
enum ItemField : size_t { kId, kPoint, kColor, kRank, kTags, kInfo, kMeta };

CollectionSchema ItemSchema();
RowBatch ItemBatch(const std::vector<Item>& items);
/// "k1", (1, 2), …: a collection with VARCHAR keys and a point.
CollectionSchema TextKeySchema();

/// `count` items with ids from `first`, points on a line: (id, 0), and rank = id % 10.
std::vector<Item> Line(int64_t first, int64_t count);

class Fixture {
 public:
  explicit Fixture(const EngineUnderTest& engine);
  ~Fixture();
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  [[nodiscard]] Engine& engine() { return *engine_; }
  [[nodiscard]] const OpContext& context() const { return context_; }
  /// Destroys the engine and opens it again on the same directory.
  void Reopen();
  /// Reopen; true when the rest of the case applies, else asserts that the engine came back empty.
  bool ReopensWithRows();

  /// The collection that most cases use, with ItemSchema().
  static constexpr CollectionId kItems{7};
  void CreateItems();

  WriteResult Write(const std::vector<Item>& items, WriteMode mode = WriteMode::kInsert);
  uint64_t Delete(const DeleteRequest& request);
  SearchResult Search(const SearchRequest& request);
  QueryResult Query(const QueryRequest& request);
  uint64_t Count(const RowSelection& selection = {});

  /// Ids of all rows that match, in the order of the answer.
  std::vector<int64_t> Ids(const QueryRequest& request);
  /// Ids of all hits, query after query.
  std::vector<int64_t> Hits(const SearchRequest& request);

 private:
  EngineUnderTest under_test_;
  std::filesystem::path directory_;
  std::unique_ptr<Engine> engine_;
  OpContext context_;
};

/// Compiles against ItemSchema(); a refusal is a test failure.
std::shared_ptr<const filter::Filter> ItemFilter(std::string_view text);
std::vector<PrimaryKey> Keys(const std::vector<int64_t>& ids);
std::vector<int64_t> IdsOf(const Column& keys);

/// A search near (x, y) by squared distance.
SearchRequest Near(float x, float y, uint32_t k);

/// One case of the suite.
struct Case {
  const char* name;
  void (*run)(Fixture& fixture);
};

std::vector<Case> CollectionCases();
std::vector<Case> WriteCases();
std::vector<Case> SearchCases();
std::vector<Case> SelectionCases();
std::vector<Case> QueryCases();
std::vector<Case> InterruptionCases();
std::vector<Case> ConcurrencyCases();
std::vector<Case> ReopenCases();
std::vector<Case> VectorTypeCases();
std::vector<Case> RandomFilterCases();
std::vector<Case> HostileTextCases();

}  // namespace vecgate::conformance
