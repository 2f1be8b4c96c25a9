#include "embed/bert_graph.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <openvino/openvino.hpp>
#include <openvino/opsets/opset13.hpp>

#include "embed/safetensors.h"

namespace vecgate {
namespace {

namespace op = ov::opset13;
using Node = ov::Output<ov::Node>;

constexpr size_t kLayers = 6;
constexpr int64_t kHeads = 12;
constexpr size_t kWidth = BertGraph::kWidth;
constexpr int64_t kHeadWidth = static_cast<int64_t>(kWidth) / kHeads;
constexpr size_t kInner = 1536;
constexpr size_t kVocabulary = 30522;
constexpr size_t kPositions = 512;
constexpr double kLayerNormEpsilon = 1e-12;

Node Ints(std::vector<int64_t> values) {
  const ov::Shape shape{values.size()};
  return op::Constant::create(ov::element::i64, shape, values);
}

Node Scalar(int64_t value) { return op::Constant::create(ov::element::i64, ov::Shape{}, {value}); }

// Builds the graph. The first missing or misshapen weight is remembered and ends Build.
class Builder {
 public:
  explicit Builder(const Safetensors& weights) : weights_(weights) {}

  Result<std::shared_ptr<ov::Model>> Build() {
    auto ids = std::make_shared<op::Parameter>(ov::element::i32, ov::PartialShape{-1, -1});
    auto mask = std::make_shared<op::Parameter>(ov::element::f32, ov::PartialShape{-1, -1});
    Node hidden = Embeddings(ids);
    // [batch, 1, 1, length], 0 where a token stands and a large negative number where padding does.
    const Node bias = Multiply(Subtract(Unsqueeze(mask, {1, 2}), Float(1.0F)), Float(10000.0F));
    for (size_t layer = 0; layer < kLayers; ++layer) hidden = Layer(layer, hidden, bias);
    const Node pooled = Pool(hidden, mask);
    if (!failure_.ok()) return failure_.error();
    return std::make_shared<ov::Model>(ov::OutputVector{pooled}, ov::ParameterVector{ids, mask});
  }

 private:
  Node Weight(const std::string& name, std::vector<size_t> shape) {
    auto tensor = weights_.Get(name, shape);
    if (!tensor.ok()) {
      if (failure_.ok()) failure_ = tensor.error();
      return op::Constant::create(ov::element::f32, ov::Shape(shape), {0.0F});
    }
    return std::make_shared<op::Constant>(ov::element::f32, ov::Shape(shape),
                                          tensor->values.data());
  }
  static Node Float(float value) {
    return op::Constant::create(ov::element::f32, ov::Shape{}, {value});
  }
  static Node Add(const Node& a, const Node& b) { return std::make_shared<op::Add>(a, b); }
  static Node Subtract(const Node& a, const Node& b) {
    return std::make_shared<op::Subtract>(a, b);
  }
  static Node Multiply(const Node& a, const Node& b) {
    return std::make_shared<op::Multiply>(a, b);
  }
  static Node Unsqueeze(const Node& a, std::vector<int64_t> axes) {
    return std::make_shared<op::Unsqueeze>(a, Ints(std::move(axes)));
  }

  Node LayerNorm(const std::string& name, const Node& in) {
    const Node normal = std::make_shared<op::MVN>(in, Ints({-1}), true, kLayerNormEpsilon,
                                                  ov::op::MVNEpsMode::INSIDE_SQRT);
    return Add(Multiply(normal, Weight(name + ".weight", {kWidth})),
               Weight(name + ".bias", {kWidth}));
  }

  Node Dense(const std::string& name, const Node& in, size_t from, size_t to) {
    const Node product =
        std::make_shared<op::MatMul>(in, Weight(name + ".weight", {to, from}), false, true);
    return Add(product, Weight(name + ".bias", {to}));
  }

  Node Embeddings(const Node& ids) {
    const Node words = std::make_shared<op::Gather>(
        Weight("embeddings.word_embeddings.weight", {kVocabulary, kWidth}), ids, Scalar(0));
    const Node length =
        std::make_shared<op::Gather>(std::make_shared<op::ShapeOf>(ids), Ints({1}), Scalar(0));
    const Node positions = std::make_shared<op::Slice>(
        Weight("embeddings.position_embeddings.weight", {kPositions, kWidth}), Ints({0}), length,
        Ints({1}), Ints({0}));
    // Every token is of type 0 in a single text.
    const Node type =
        std::make_shared<op::Slice>(Weight("embeddings.token_type_embeddings.weight", {2, kWidth}),
                                    Ints({0}), Ints({1}), Ints({1}), Ints({0}));
    return LayerNorm("embeddings.LayerNorm", Add(Add(words, positions), type));
  }

  Node Heads(const Node& in) {
    const Node split =
        std::make_shared<op::Reshape>(in, Ints({0, 0, kHeads, kHeadWidth}), /*special_zero=*/true);
    return std::make_shared<op::Transpose>(split, Ints({0, 2, 1, 3}));
  }

  Node Attention(const std::string& name, const Node& in, const Node& bias) {
    const Node query = Heads(Dense(name + ".self.query", in, kWidth, kWidth));
    const Node key = Heads(Dense(name + ".self.key", in, kWidth, kWidth));
    const Node value = Heads(Dense(name + ".self.value", in, kWidth, kWidth));
    const Node mixed =
        std::make_shared<op::ScaledDotProductAttention>(query, key, value, bias, /*causal=*/false);
    const Node joined = std::make_shared<op::Reshape>(
        std::make_shared<op::Transpose>(mixed, Ints({0, 2, 1, 3})),
        Ints({0, 0, static_cast<int64_t>(kWidth)}), /*special_zero=*/true);
    return LayerNorm(name + ".output.LayerNorm",
                     Add(Dense(name + ".output.dense", joined, kWidth, kWidth), in));
  }

  Node Layer(size_t number, const Node& in, const Node& bias) {
    const std::string name = "encoder.layer." + std::to_string(number);
    const Node attended = Attention(name + ".attention", in, bias);
    const Node inner =
        std::make_shared<op::Gelu>(Dense(name + ".intermediate.dense", attended, kWidth, kInner),
                                   ov::op::GeluApproximationMode::ERF);
    return LayerNorm(name + ".output.LayerNorm",
                     Add(Dense(name + ".output.dense", inner, kInner, kWidth), attended));
  }

  static Node Pool(const Node& hidden, const Node& mask) {
    const Node masked = Multiply(hidden, Unsqueeze(mask, {2}));
    const Node sum = std::make_shared<op::ReduceSum>(masked, Ints({1}), /*keep_dims=*/false);
    const Node count = std::make_shared<op::ReduceSum>(mask, Ints({1}), /*keep_dims=*/true);
    const Node mean = std::make_shared<op::Divide>(sum, count);
    return std::make_shared<op::NormalizeL2>(mean, Ints({1}), 1e-12F, ov::op::EpsMode::MAX);
  }

  const Safetensors& weights_;
  Status failure_;
};

}  // namespace

struct BertGraph::State {
  ov::Core core;
  ov::CompiledModel compiled;
  std::mutex mutex;
  std::vector<ov::InferRequest> free;

  ov::InferRequest Take() {
    {
      const std::lock_guard lock(mutex);
      if (!free.empty()) {
        ov::InferRequest request = std::move(free.back());
        free.pop_back();
        return request;
      }
    }
    return compiled.create_infer_request();
  }
  void GiveBack(ov::InferRequest request) {
    const std::lock_guard lock(mutex);
    free.push_back(std::move(request));
  }
};

BertGraph::BertGraph(std::unique_ptr<State> state) : state_(std::move(state)) {}
BertGraph::~BertGraph() = default;

Result<std::unique_ptr<BertGraph>> BertGraph::Open(const Options& options) {
  VG_ASSIGN_OR_RETURN(const Safetensors weights, Safetensors::Open(options.weights_path));
  // oneTBB would otherwise open its helper with RTLD_DEEPBIND, which ends a sanitizer build.
  setenv("TBB_ENABLE_SANITIZERS", "1", /*overwrite=*/0);
  try {
    VG_ASSIGN_OR_RETURN(const std::shared_ptr<ov::Model> model, Builder(weights).Build());
    auto state = std::make_unique<State>();
    ov::AnyMap config{
        ov::hint::performance_mode(ov::hint::PerformanceMode::LATENCY),
        ov::hint::inference_precision(options.bf16 ? ov::element::bf16 : ov::element::f32)};
    if (options.threads > 0) config.insert(ov::inference_num_threads(options.threads));
    state->compiled = state->core.compile_model(model, "CPU", config);
    return std::unique_ptr<BertGraph>(new BertGraph(std::move(state)));
  } catch (const std::exception& exception) {
    return Internal(std::string("the embedding model cannot be compiled: ") + exception.what());
  }
}

Status BertGraph::Run(std::span<const int32_t> ids, std::span<const int32_t> lengths, size_t length,
                      float* out) {
  const size_t batch = lengths.size();
  try {
    ov::Tensor id_tensor(ov::element::i32, {batch, length});
    std::copy(ids.begin(), ids.end(), id_tensor.data<int32_t>());
    ov::Tensor mask_tensor(ov::element::f32, {batch, length});
    auto* mask = mask_tensor.data<float>();
    for (size_t row = 0; row < batch; ++row) {
      for (size_t i = 0; i < length; ++i) {
        mask[row * length + i] = i < static_cast<size_t>(lengths[row]) ? 1.0F : 0.0F;
      }
    }
    ov::InferRequest request = state_->Take();
    request.set_input_tensor(0, id_tensor);
    request.set_input_tensor(1, mask_tensor);
    request.infer();
    const ov::Tensor result = request.get_output_tensor();
    std::memcpy(out, result.data<float>(), batch * kWidth * sizeof(float));
    state_->GiveBack(std::move(request));
  } catch (const std::exception& exception) {
    return Internal(std::string("the embedding model failed: ") + exception.what());
  }
  return Ok();
}

}  // namespace vecgate
