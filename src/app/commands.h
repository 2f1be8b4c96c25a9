// The commands of the CLI. Each returns the process' exit code and prints errors on stderr.
#pragma once

#include <string>
#include <vector>

#include "app/config.h"
#include "bench/ann_session.h"
#include "bench/clustered_data.h"
#include "bench/codes_session.h"
#include "bench/db_session.h"
#include "bench/insert_session.h"
#include "bench/text_data.h"

namespace vecgate::app {

/// Runs the server until SIGINT or SIGTERM, then drains it.
int RunServe(const Config& config);

struct IngestCommand {
  std::string server;
  std::vector<std::string> paths;
  /// How long to wait for the server to finish them all.
  uint64_t timeout_s = 3600;
};
/// Sends every document below the paths and waits, with a progress bar, until all are processed.
int RunIngest(const IngestCommand& command);

struct AskCommand {
  std::string server;
  std::string question;
  std::string filter;
  uint64_t top_k = 5;
  bool json = false;
};
/// An answer made of quotations, each with document, page and byte range.
int RunAsk(const AskCommand& command);
/// The nearest passages alone.
int RunSearch(const AskCommand& command);

struct IndexCommand {
  std::string server;
  std::string collection;
  std::string database = "default";
  std::string field;  ///< "" when the collection has one vector field
  uint32_t k = 10;
  uint32_t sample = 200;
  double recall = 0.95;
  uint64_t memory_mb = 0;  ///< 0: no limit was given
  uint64_t timeout_s = 3600;
  bool json = false;
};
/// How an index is made up, and its recall and speed at several efforts.
int RunIndexStats(const IndexCommand& command);
/// Builds the indexes of a collection anew and waits, with a progress bar.
int RunIndexRebuild(const IndexCommand& command);
/// The smallest effort that reaches a recall, and the profiles that fit a memory limit.
int RunIndexTune(const IndexCommand& command);

struct CollectionsCommand {
  std::string server;
  std::string name;
  std::string database = "default";
  std::string engine;       ///< "": the server's default
  std::string schema;       ///< file with the request's JSON
  std::string of_template;  ///< name of a ready-made schema
  /// Of the vector of a template; alone: id, vector and dynamic fields.
  uint32_t dim = 0;
  std::string metric = "COSINE";
  std::vector<std::string> properties;  ///< "name=value"
  bool json = false;
};
/// The collections of a database, and the engine of each.
int RunCollectionsList(const CollectionsCommand& command);
/// One collection: schema, indexes, rows.
int RunCollectionsShow(const CollectionsCommand& command);
int RunCollectionsCreate(const CollectionsCommand& command);
int RunCollectionsDrop(const CollectionsCommand& command);

struct MigrateCommand {
  std::string direction;  ///< "up", "down", "status"
  int target = -1;        ///< version; -1: newest for up, one step back for down
};
int RunMigrate(const Config& config, const MigrateCommand& command);

/// Builds an index over a data set, and prints its recall and speed over a sweep.
int RunBenchAnn(const bench::AnnFlags& flags);
/// Inserts into an embedded engine of its own and prints how long acknowledgements took.
int RunBenchInsert(const bench::InsertFlags& flags);
/// Prints what codes of each quantizer keep of a data set's neighbours.
int RunBenchCodes(const bench::CodesFlags& flags);
/// Fills a collection of a running server with a data set, and prints its recall and speed.
int RunBenchDb(const bench::DbFlags& flags);
/// Writes a data set for both: synthetic, or lines of text embedded by the MiniLM model.
int RunBenchDataClustered(const bench::ClusteredDataOptions& options);
int RunBenchDataText(const bench::TextDataOptions& options);

/// Prints the error and returns the exit code of its kind.
int Fail(const Error& error);
/// 0, or as Fail.
int ExitCode(const Status& status);

}  // namespace vecgate::app
