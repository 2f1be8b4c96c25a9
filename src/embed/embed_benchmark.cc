// Texts a second of the real model, by length; `wall` counts all cores.
#include <benchmark/benchmark.h>

#include "embed/minilm_embedder.h"

namespace vecgate {
namespace {

void EmbedTexts(benchmark::State& state, EmbedderOptions::Precision precision) {
  const auto embedder = MiniLmEmbedder::Open({.precision = precision}).value();
  std::vector<std::string> texts(64);
  for (size_t i = 0; i < texts.size(); ++i) {
    for (int64_t word = 0; word < state.range(0); ++word) {
      texts[i] += "word" + std::to_string((i * 31 + static_cast<size_t>(word)) % 10) + " ";
    }
  }
  size_t tokens = 0;
  for (const std::string& text : texts) tokens += embedder->Tokens(text).size();
  for (auto _ : state) benchmark::DoNotOptimize(embedder->EmbedBatch({}, texts).value());
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(texts.size()));
  state.counters["tokens_per_text"] =
      static_cast<double>(tokens) / static_cast<double>(texts.size());
}

void Tokenize(benchmark::State& state) {
  const auto embedder = MiniLmEmbedder::Open({}).value();
  std::string text;
  while (text.size() < (1 << 20))
    text += "The quick brown fox, unaffable as ever, jumps over 42 lazy dogs. ";
  for (auto _ : state) benchmark::DoNotOptimize(embedder->Tokens(text));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}

BENCHMARK_CAPTURE(EmbedTexts, f32, EmbedderOptions::Precision::kF32)
    ->Arg(16)
    ->Arg(32)
    ->Arg(100)
    ->UseRealTime();
BENCHMARK_CAPTURE(EmbedTexts, auto, EmbedderOptions::Precision::kAuto) -> Arg(16) -> Arg(32)
    -> Arg(100) -> UseRealTime();
BENCHMARK(Tokenize);

}  // namespace
}  // namespace vecgate
