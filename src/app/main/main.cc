// The vecgate program: reads the command line and runs one command.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstring>

#include "app/commands.h"
#include "app/engine_table.h"
#include "app/server.h"
#include "base/heap.h"
#include "document/extract_child.h"
#include "model/schema.h"

extern char** environ;

namespace vecgate::app {
namespace {

constexpr const char* kDefaultServer = "http://127.0.0.1:9091";

std::map<std::string, std::string> Environment() {
  std::map<std::string, std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const char* equals = std::strchr(*entry, '=');
    if (equals != nullptr)
      out[std::string(*entry, static_cast<size_t>(equals - *entry))] = equals + 1;
  }
  return out;
}

/// The flags of all settings, on one command; what was typed is collected by key.
class SettingFlags {
 public:
  void AddTo(CLI::App& command) {
    command.add_option("--config", file_,
                       "Configuration file; vecgate.toml of the working directory unless given");
    for (const Setting& setting : AllSettings()) {
      const auto store = [this, key = setting.key,
                          flag = setting.flags.front()](const std::string& value) {
        flags_[key] = {flag, value.empty() ? "true" : value};
      };
      const std::string names = fmt::format("{}", fmt::join(setting.flags, ","));
      CLI::Option* option = command.add_option_function<std::string>(
          names, store, setting.help + " (" + setting.allowed + ")");
      // Given without a value it is "true": `--insecure`.
      if (setting.allowed == "true or false") option->expected(0, 1);
    }
  }
  [[nodiscard]] Result<LoadedConfig> Load() const {
    return LoadConfig({file_, Environment(), flags_});
  }

 private:
  std::string file_;
  std::map<std::string, std::pair<std::string, std::string>> flags_;
};

void AddServerOption(CLI::App& command, std::string& server) {
  command.add_option("--server", server, "URL of a running vecgate")->capture_default_str();
}

/// The flags that every bench of an index has.
void AddWorkload(CLI::App& command, bench::WorkloadFlags& flags) {
  command.add_option("--base", flags.base, "Vectors to index: .npy, .fvecs or .fbin")->required();
  command.add_option("--query", flags.query, "Vectors to search for, of the same kinds")
      ->required();
  command.add_option("--gt", flags.gt,
                     "True neighbours: .npy, .ivecs or .ibin; computed if absent or filtered");
  command.add_option("--metric", flags.metric, "L2, IP or COSINE")->required();
  command.add_option("--index", flags.index, "Index type, such as AUTOINDEX, FLAT, HNSW")
      ->required();
  command.add_option("--params", flags.params, "Its parameters: M=16,efConstruction=200");
  command.add_option("--sweep", flags.sweep, "Values of ef (graphs) or nprobe (IVF) to measure")
      ->capture_default_str();
  command.add_option("--filter", flags.filter, "none, random:SHARE or correlated:SHARE")
      ->capture_default_str();
  command.add_option("--k", flags.k, "Neighbours to find")
      ->check(CLI::Range(1, 16384))
      ->capture_default_str();
  command.add_flag("--json", flags.json, "One JSON object a line");
}

void AddBenchAnn(CLI::App& bench, bench::AnnFlags& flags, int& exit_code) {
  CLI::App* ann = bench.add_subcommand("ann", "Recall and speed of an index over a data set");
  AddWorkload(*ann, flags);
  ann->add_option("--store", flags.store, "New folder for the rows; kept in memory unless given");
  ann->add_option("--threads", flags.threads, "Threads that search")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  ann->add_option("--build-threads", flags.build_threads, "Threads that build; 0: all cores")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  ann->add_option("--rounds", flags.rounds, "Rounds of each point; the best counts")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  ann->add_option("--replace", flags.replace,
                  "Share of the rows replaced by other vectors once the index stands")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  ann->add_flag("--rebuild", flags.rebuild, "Once built, build the index anew");
  ann->add_flag("--search-while-building", flags.search_while_building,
                "Search at the first point of the sweep, in one thread, beside building, "
                "--replace and --rebuild");
  ann->add_flag("--reopen", flags.reopen,
                "Once built, close and open again; the sweep is measured on that (wants --store)");
  ann->add_flag("--interactive", flags.interactive,
                "After building, answer lines like {\"value\":64,\"threads\":1}");
  ann->callback([&] { exit_code = RunBenchAnn(flags); });
}

void AddBenchInsert(CLI::App& bench, bench::InsertFlags& flags, int& exit_code) {
  CLI::App* insert =
      bench.add_subcommand("insert", "Latency of acknowledged inserts into the embedded engine");
  insert->add_option("--store", flags.store, "New or empty folder for the rows, emptied afterwards")
      ->required();
  insert->add_option("--dim", flags.dim, "Dimension")
      ->check(CLI::Range(1U, kMaxDimension))
      ->capture_default_str();
  insert->add_option("--index", flags.index, "Index type that is built meanwhile; FLAT: none")
      ->capture_default_str();
  insert->add_option("--writers", flags.writers, "Numbers of threads that write at once")
      ->capture_default_str();
  insert->add_option("--batch", flags.batches, "Numbers of rows in one write")
      ->capture_default_str();
  insert->add_option("--durability", flags.durability, "sync, async, or both with a comma between")
      ->capture_default_str();
  insert->add_option("--seconds", flags.seconds, "Of writing, for each point")
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
  insert->add_option("--rows", flags.rows, "Most rows of each point")
      ->check(CLI::Range(1, 100'000'000))
      ->capture_default_str();
  insert->add_flag("--json", flags.json, "One JSON object a line");
  insert->callback([&] { exit_code = RunBenchInsert(flags); });
}

void AddBenchCodes(CLI::App& bench, bench::CodesFlags& flags, int& exit_code) {
  CLI::App* codes =
      bench.add_subcommand("codes", "Recall of each quantizer's codes, alone and re-ranked");
  codes->add_option("--base", flags.base, "Vectors to encode: .npy, .fvecs or .fbin")->required();
  codes->add_option("--query", flags.query, "Vectors to search for, of the same kinds")->required();
  codes->add_option("--gt", flags.gt, "True neighbours: .npy, .ivecs or .ibin; computed if absent");
  codes->add_option("--metric", flags.metric, "L2, IP or COSINE")->required();
  codes
      ->add_option("--codes", flags.codes,
                   "all, or some of SQ8, SQ4, INT8, PQ<m>x<nbits>, RABITQ1, RABITQ2, RABITQ4, "
                   "RABITQ8 with commas between")
      ->capture_default_str();
  codes->add_option("--k", flags.k, "Neighbours to find")
      ->check(CLI::Range(1, 16384))
      ->capture_default_str();
  codes->add_option("--rerank", flags.rerank, "How many are compared again on full vectors")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  codes->add_flag("--json", flags.json, "One JSON object a line");
  flags.index = "FLAT";
  codes->callback([&] { exit_code = RunBenchCodes(flags); });
}

void AddBenchDb(CLI::App& bench, bench::DbFlags& flags, int& exit_code) {
  CLI::App* db =
      bench.add_subcommand("db", "Recall and speed of a running Milvus-compatible server");
  AddWorkload(*db, flags);
  db->add_option("--uri", flags.uri, "The server, as http://HOST:PORT, or https:// for TLS")
      ->capture_default_str();
  db->add_option("--token", flags.token, "user:password or a key, where the server wants one");
  db->add_option("--ca-file", flags.ca_file,
                 "Whom to trust with https, as PEM; else whom the system trusts");
  db->add_option("--collection", flags.collection, "Made for this run, and dropped after it")
      ->capture_default_str();
  db->add_flag("--drop", flags.drop, "Delete a collection of that name first");
  db->add_option("--clients", flags.clients, "Numbers of clients that search at once")
      ->capture_default_str();
  db->add_option("--insert-clients", flags.insert_clients, "Clients that insert at once")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  db->add_option("--batch", flags.batch, "Rows of one Insert")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  db->add_option("--seconds", flags.seconds, "How long to search at each point")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  db->add_option(
        "--mixed", flags.mixed,
        "At the end search while this many rows a second are inserted, with the last value "
        "of --sweep and the last number of --clients; 0: do not")
      ->check(CLI::Range(0, 10'000'000))
      ->capture_default_str();
  db->add_option("--timeout-s", flags.timeout_s, "Longest wait for flush, index and load, each")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  db->add_option(
      "--server-pid", flags.server_pid,
      "The server's process on this machine: its processor time and memory are told too");
  db->callback([&] { exit_code = RunBenchDb(flags); });
}

struct BenchDataFlags {
  bench::ClusteredDataOptions clustered;
  bench::TextDataOptions text;
};

void AddBenchData(CLI::App& bench, BenchDataFlags& flags, int& exit_code) {
  const CLI::Range some(size_t{1}, size_t{1'000'000'000});
  CLI::App* data = bench.add_subcommand("data", "Write a data set: base.npy and query.npy");
  data->require_subcommand(1);
  CLI::App* clustered = data->add_subcommand("clustered", "Synthetic clustered unit vectors");
  auto& synthetic = flags.clustered;
  clustered->add_option("--rows", synthetic.rows, "Rows of the base")->required()->check(some);
  clustered->add_option("--dim", synthetic.dim, "Dimension")
      ->check(CLI::Range(1U, kMaxDimension))
      ->capture_default_str();
  clustered->add_option("--queries", synthetic.queries, "Queries")
      ->check(some)
      ->capture_default_str();
  clustered->add_option("--seed", synthetic.seed, "The same seed gives the same data")
      ->capture_default_str();
  clustered->add_option("--out", synthetic.directory, "Folder to write to")->required();
  clustered->callback([&] { exit_code = RunBenchDataClustered(flags.clustered); });

  CLI::App* text = data->add_subcommand("text", "Lines of a text file, embedded by MiniLM");
  text->add_option("--lines", flags.text.lines, "Text file")->required();
  text->add_option("--queries", flags.text.queries, "Lines that become queries")
      ->check(some)
      ->capture_default_str();
  text->add_option("--out", flags.text.directory, "Folder to write to")->required();
  text->callback([&] { exit_code = RunBenchDataText(flags.text); });
}

/// What the command line says, which must live until it has been parsed.
struct CommandLine {
  SettingFlags serve_flags;
  SettingFlags show_flags;
  SettingFlags migrate_flags;
  IngestCommand ingest{.server = kDefaultServer};
  AskCommand ask{.server = kDefaultServer};
  CollectionsCommand collections{.server = kDefaultServer};
  IndexCommand index{.server = kDefaultServer};
  MigrateCommand migrate;
  bench::AnnFlags bench_ann;
  bench::InsertFlags bench_insert;
  bench::CodesFlags bench_codes;
  bench::DbFlags bench_db;
  BenchDataFlags bench_data;
  int exit_code = 0;
};

void AddServe(CLI::App& app, CommandLine& line) {
  CLI::App* serve = app.add_subcommand("serve", "Serve the Milvus API (gRPC) and the HTTP API");
  line.serve_flags.AddTo(*serve);
  serve->callback([&line] {
    const auto loaded = line.serve_flags.Load();
    line.exit_code = loaded.ok() ? RunServe(loaded->config) : Fail(loaded.error());
  });
}

void AddConfig(CLI::App& app, CommandLine& line) {
  CLI::App* config = app.add_subcommand("config", "Show the configuration");
  config->require_subcommand(1);
  CLI::App* show =
      config->add_subcommand("show", "Every setting, its value, and where it came from");
  line.show_flags.AddTo(*show);
  show->callback([&line] {
    const auto loaded = line.show_flags.Load();
    if (loaded.ok()) fmt::print("{}", ShowConfig(*loaded));
    line.exit_code = loaded.ok() ? 0 : Fail(loaded.error());
  });
  config->add_subcommand("reference", "The reference page of all settings, in Markdown")
      ->callback([] { fmt::print("{}", ConfigReference()); });
  config->add_subcommand("engines", "What each engine can do, in Markdown")->callback([&line] {
    const auto page = EngineReference();
    if (page.ok()) fmt::print("{}", *page);
    line.exit_code = page.ok() ? 0 : Fail(page.error());
  });
}

void AddIngest(CLI::App& app, CommandLine& line) {
  CLI::App* ingest =
      app.add_subcommand("ingest", "Ingest documents: PDF, DOCX, TXT, Markdown, HTML");
  ingest->add_option("PATH", line.ingest.paths, "Files and folders")->required();
  ingest->add_option("--timeout-s", line.ingest.timeout_s, "Longest wait, in seconds")
      ->capture_default_str();
  AddServerOption(*ingest, line.ingest.server);
  ingest->callback([&line] { line.exit_code = RunIngest(line.ingest); });
}

void AddAsk(CLI::App& app, CommandLine& line) {
  const auto add = [&](const char* name, const char* help, int (*run)(const AskCommand&)) {
    CLI::App* command = app.add_subcommand(name, help);
    command->add_option("QUESTION", line.ask.question, "What to look for")->required();
    command->add_option("--filter", line.ask.filter, "Filter expression over the chunks' fields");
    command->add_option("--top-k", line.ask.top_k, "Passages to read")->capture_default_str();
    command->add_flag("--json", line.ask.json, "Print the server's JSON");
    AddServerOption(*command, line.ask.server);
    command->callback([&line, run] { line.exit_code = run(line.ask); });
  };
  add("ask", "Ask the ingested documents; the answer quotes and cites", RunAsk);
  add("search", "The passages nearest to a text", RunSearch);
}

void AddIndex(CLI::App& app, CommandLine& line) {
  CLI::App* index =
      app.add_subcommand("index", "Look at, rebuild and tune the index of a collection");
  index->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, int (*run)(const IndexCommand&)) {
    CLI::App* command = index->add_subcommand(name, help);
    command->add_option("COLLECTION", line.index.collection, "Collection")->required();
    command->add_option("--database", line.index.database, "Its database")->capture_default_str();
    command->add_option("--field", line.index.field, "The vector field, where there are several");
    AddServerOption(*command, line.index.server);
    command->callback([&line, run] { line.exit_code = run(line.index); });
    return command;
  };
  CLI::App* stats = add("stats", "Its make-up, memory, and sampled recall", RunIndexStats);
  stats->add_flag("--json", line.index.json, "Print the server's JSON");
  CLI::App* rebuild =
      add("rebuild", "Build it anew beside the present one, and swap", RunIndexRebuild);
  rebuild->add_option("--timeout-s", line.index.timeout_s, "Longest wait, in seconds")
      ->capture_default_str();
  CLI::App* tune =
      add("tune", "The least effort for a recall, and what fits a memory limit", RunIndexTune);
  tune->add_option("--recall", line.index.recall, "Share of true neighbours to find")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  tune->add_option("--memory-mb", line.index.memory_mb, "Memory that the collection may take");
  for (CLI::App* measuring : {stats, tune}) {
    measuring->add_option("--k", line.index.k, "Neighbours to find")
        ->check(CLI::Range(1, 16384))
        ->capture_default_str();
    measuring->add_option("--sample", line.index.sample, "Rows to search for")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
  }
}

void AddCollections(CLI::App& app, CommandLine& line) {
  CLI::App* collections =
      app.add_subcommand("collections", "Look at, make and drop collections, on any engine");
  collections->require_subcommand(1);
  CollectionsCommand& flags = line.collections;
  const auto add = [&](const char* name, const char* help, bool one,
                       int (*run)(const CollectionsCommand&)) {
    CLI::App* command = collections->add_subcommand(name, help);
    if (one) command->add_option("COLLECTION", flags.name, "Collection")->required();
    command->add_option("--database", flags.database, "Its database")->capture_default_str();
    AddServerOption(*command, flags.server);
    command->callback([&line, &flags, run] { line.exit_code = run(flags); });
    return command;
  };
  add("list", "The collections, and the engine of each", false, RunCollectionsList)
      ->add_flag("--json", flags.json, "Print the server's JSON");
  add("show", "Schema, indexes, engine and rows", true, RunCollectionsShow)
      ->add_flag("--json", flags.json, "Print the server's JSON");
  add("drop", "Drop a collection and its rows", true, RunCollectionsDrop);
  CLI::App* create = add("create", "Make a collection with its index", true, RunCollectionsCreate);
  create->add_option("--engine", flags.engine, "embedded, postgres, …; the server's default");
  create->add_option("--dim", flags.dim,
                     "Of id (Int64), vector (FloatVector) and dynamic fields: the dimension");
  create->add_option("--metric", flags.metric, "With --dim: L2, IP or COSINE")
      ->capture_default_str();
  create->add_option("--schema", flags.schema,
                     "File with fields and indexes as POST /v1/collections takes them");
  create->add_option("--template", flags.of_template,
                     "Ready-made fields and index: knowledge_chunks or document_chunks_minilm");
  create->add_option("--property", flags.properties, "NAME=VALUE, as often as needed");
}

void AddMigrate(CLI::App& app, CommandLine& line) {
  CLI::App* migrate = app.add_subcommand("migrate", "The metadata schema: up, down, status");
  migrate->add_option("DIRECTION", line.migrate.direction, "up, down or status")
      ->required()
      ->check(CLI::IsMember({"up", "down", "status"}));
  migrate->add_option("--target", line.migrate.target, "Version to stop at");
  line.migrate_flags.AddTo(*migrate);
  migrate->callback([&line] {
    const auto loaded = line.migrate_flags.Load();
    line.exit_code = loaded.ok() ? RunMigrate(loaded->config, line.migrate) : Fail(loaded.error());
  });
}

void AddBench(CLI::App& app, CommandLine& line) {
  CLI::App* bench = app.add_subcommand("bench", "Measure indexes and servers on data sets");
  bench->require_subcommand(1);
  AddBenchAnn(*bench, line.bench_ann, line.exit_code);
  AddBenchInsert(*bench, line.bench_insert, line.exit_code);
  AddBenchCodes(*bench, line.bench_codes, line.exit_code);
  AddBenchDb(*bench, line.bench_db, line.exit_code);
  AddBenchData(*bench, line.bench_data, line.exit_code);
}

int Main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], kExtractWorkerCommand) == 0)
    return ExtractWorkerMain(argc, argv);

  CLI::App app{"vecgate: one vector interface over several engines, in the Milvus protocol"};
  app.set_version_flag("--version", Version());
  app.require_subcommand(1);
  CommandLine line;
  for (const auto add :
       {AddServe, AddConfig, AddIngest, AddAsk, AddCollections, AddIndex, AddMigrate, AddBench}) {
    add(app, line);
  }
  CLI11_PARSE(app, argc, argv);
  return line.exit_code;
}

}  // namespace
}  // namespace vecgate::app

int main(int argc, char** argv) {
  vecgate::BoundFreeHeap();
  return vecgate::app::Main(argc, argv);
}
