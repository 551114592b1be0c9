#include "core/checkpoint/model_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <functional>
#include <limits>

#include "core/error.h"
#include "core/files.h"
#include "core/trace/sequence_trace.h"
#include "tests/error_of.h"

namespace gatescope::checkpoint {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using nn::ModelSpec;

constexpr Index kCharacters = 5;
const std::vector<std::string> kVocabulary{"\n", "a", "\"", "é", "∂"};

nn::Interface characters() {
  return {nn::InputKind::characters, kCharacters, nn::Readout::softmax, kCharacters};
}

template <class S>
nn::Network<S> random_network(const ModelSpec& spec) {
  nn::Network<S> network(spec, characters());
  Rng rng(5);
  for (S& p : network.parameters()) p = static_cast<S>(rng.uniform(-1, 1));
  network.prepare_all();
  return network;
}

ModelSpec small(std::string cell, Index embedding = 0, int layers = 1, bool bidirectional = false) {
  ModelSpec spec;
  spec.cell = std::move(cell);
  spec.hidden = 3;
  spec.layers = layers;
  spec.bidirectional = bidirectional;
  spec.embedding = embedding;
  return spec;
}

/// A folder for this test alone.
class ModelFiles : public testing::Test {
 protected:
  ModelFiles() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(testing::TempDir()) / (std::string("gatescope_model_") + test->name());
    fs::create_directories(folder_);
  }
  ~ModelFiles() override { fs::remove_all(folder_); }

  fs::path vocabulary(const json& entries = kVocabulary) const {
    write_file(folder_ / "vocab.json", entries.dump());
    return folder_ / "vocab.json";
  }

  fs::path folder_;
};

/// What a PyTorch user saves: no metadata, other prefixes; `rename` maps our prefixes "rnn.", "head.",
/// "embedding.".
Safetensors state_dict(const ModelSpec& spec, const std::map<std::string, std::string>& rename = {}) {
  Safetensors file;
  file.tensors = model_file(random_network<double>(spec), kVocabulary, nullptr).tensors;
  for (Tensor& tensor : file.tensors) {
    const std::size_t dot = tensor.name.find('.') + 1;
    const auto prefix = rename.find(tensor.name.substr(0, dot));
    if (prefix != rename.end()) tensor.name = prefix->second + tensor.name.substr(dot);
  }
  std::ranges::reverse(file.tensors);  // the order of a state dict is not to be relied on
  return file;
}

Tensor& tensor(Safetensors& file, const std::string& name) {
  return *std::ranges::find(file.tensors, name, &Tensor::name);
}

void drop(Safetensors& file, std::string_view part) {
  std::erase_if(file.tensors, [&](const Tensor& t) { return t.name.find(part) != std::string::npos; });
}

Tensor zeros(std::string name, std::vector<std::int64_t> shape) {
  std::int64_t size = 1;
  for (const std::int64_t n : shape) size *= n;
  return make_tensor(std::move(name), std::move(shape), std::vector<float>(static_cast<std::size_t>(size)));
}

std::string error_of_model(const Safetensors& file, const ImportOptions& options = {}) {
  return gatescope::error_of([&] { parse_model(to_bytes(file), "m", options); });
}

TEST_F(ModelFiles, EveryCellReadsBackTheSameBits) {
  for (const nn::CellInfo* cell : nn::all_cells()) {
    for (const bool large : {false, true}) {
      ModelSpec spec = small(std::string(cell->key), large ? 4 : 0, large ? 2 : 1, large);
      spec.name = "the σ model";
      if (large) {
        spec.token_shift = true;
        spec.conv = 3;
        spec.norm = spec.head_norm = spec.output_gate = spec.projection = true;
        spec.heads = 3;
        spec.hidden = 6;
      }
      spec.init.forget_bias = 1;
      const nn::Network<float> network = random_network<float>(spec);
      ModelFile file = model_file(network, kVocabulary, json{{"seed", 7}});
      file.metadata["note"] = "kept";
      save_model(folder_ / "m.safetensors", file);
      const ModelFile read = load_model(folder_ / "m.safetensors");
      EXPECT_EQ(read.spec, spec);
      EXPECT_EQ(read.interface, characters());
      EXPECT_EQ(read.vocabulary, kVocabulary);
      EXPECT_EQ(read.experiment, (json{{"seed", 7}}));
      EXPECT_EQ(read.metadata, (std::map<std::string, std::string>{{"note", "kept"}}));
      EXPECT_EQ(read.tensors, file.tensors);
      EXPECT_EQ(make_network<float>(read).parameters(), network.parameters()) << cell->key;
      EXPECT_EQ(to_bytes(read), read_file(folder_ / "m.safetensors"));

      const nn::Network<double> exact = random_network<double>(spec);
      EXPECT_EQ(make_network<double>(parse_model(to_bytes(model_file(exact, kVocabulary, nullptr)), "m"))
                    .parameters(),
                exact.parameters());
    }
  }
}

TEST_F(ModelFiles, ModelsThatReadValuesHaveNoVocabulary) {
  const nn::Interface values{nn::InputKind::values, 2, nn::Readout::linear, 1};
  const nn::Network<float> network(small("gru"), values);
  const ModelFile read = parse_model(to_bytes(model_file(network, {}, nullptr)), "m");
  EXPECT_EQ(read.interface, values);
  EXPECT_TRUE(read.experiment.is_null());
}

TEST_F(ModelFiles, TensorsHavePyTorchsNamesShapesAndOrder) {
  nn::Network<float> network(small("lstm", 2), characters());
  const nn::Parameter weight = *network.table().find("rnn.weight_ih_l0");
  ASSERT_EQ(weight.rows, 12);
  // Row-major in the file: entry (r, c) of a (12, 2) matrix is number 2r + c.
  for (Index r = 0; r < 12; ++r)
    for (Index c = 0; c < 2; ++c)
      network.parameters()[weight.offset + c * 12 + r] = static_cast<float>(2 * r + c);
  const ModelFile file = model_file(network, kVocabulary, nullptr);
  std::map<std::string, std::vector<std::int64_t>> shapes;
  for (const Tensor& t : file.tensors) {
    shapes[t.name] = t.shape;
    EXPECT_EQ(t.dtype, Dtype::f32);
    if (t.name != "rnn.weight_ih_l0") continue;
    const std::vector<float> values = to_floats(t);
    for (std::size_t k = 0; k < values.size(); ++k) EXPECT_EQ(values[k], static_cast<float>(k));
  }
  EXPECT_EQ(shapes, (std::map<std::string, std::vector<std::int64_t>>{{"embedding.weight", {5, 2}},
                                                                      {"rnn.weight_ih_l0", {12, 2}},
                                                                      {"rnn.weight_hh_l0", {12, 3}},
                                                                      {"rnn.bias_ih_l0", {12}},
                                                                      {"rnn.bias_hh_l0", {12}},
                                                                      {"head.weight", {5, 3}},
                                                                      {"head.bias", {5}}}));
}

TEST_F(ModelFiles, AStateDictIsToldByNamesAndShapes) {
  const ImportOptions options{vocabulary(), "", "", ""};
  using Names = std::map<std::string, std::string>;
  for (const char* cell : {"rnn", "gru", "lstm"}) {
    for (const Names& names :
         {Names{}, Names{{"rnn.", std::string(cell) + "."}, {"head.", "fc."}, {"embedding.", "emb."}},
          Names{{"rnn.", "encoder.rnn."}, {"head.", "decoder."}, {"embedding.", "encoder."}},
          Names{{"rnn.", "module.model.RNN."},
                {"head.", "module.out.0."},
                {"embedding.", "module.word_embeddings."}},
          Names{{"rnn.", "body."}, {"head.", "linear."}, {"embedding.", "characters."}},
          Names{{"rnn.", ""}, {"head.", "something."}, {"embedding.", "wte."}}}) {
      for (const bool large : {false, true}) {
        const ModelSpec spec = small(cell, large ? 4 : 0, large ? 3 : 1, large);
        const ModelFile read = parse_model(to_bytes(state_dict(spec, names)), "m", options);
        EXPECT_EQ(read.spec, spec);
        EXPECT_EQ(read.vocabulary, kVocabulary);
        EXPECT_EQ(make_network<double>(read).parameters(), random_network<double>(spec).parameters());
      }
    }
  }
}

TEST_F(ModelFiles, OptionsSayWhatNamesAndShapesCannot) {
  ImportOptions options{vocabulary(), "rnn_relu", "", ""};
  EXPECT_EQ(parse_model(to_bytes(state_dict(small("rnn_relu"))), "m", options).spec, small("rnn_relu"));
  for (const char* cell :
       {"janet", "mingru", "gru_before", "lstm_peephole", "lstm_coupled_peephole", "lstm_coupled"}) {
    options.cell = cell;
    const ModelFile read = parse_model(to_bytes(state_dict(small(cell, 4))), "m", options);
    EXPECT_EQ(read.spec, small(cell, 4));
    EXPECT_EQ(make_network<double>(read).parameters(), random_network<double>(small(cell, 4)).parameters());
  }
  options = {vocabulary(), "", "b", "net.a"};
  const auto twins = state_dict(small("gru", 3), {{"head.", "net.b."}, {"embedding.", "net.a."}});
  EXPECT_EQ(make_network<double>(parse_model(to_bytes(twins), "m", options)).parameters(),
            random_network<double>(small("gru", 3)).parameters());
  EXPECT_EQ(error_of_model(twins, {vocabulary(), "", "", ""}),
            "'m': which module is the read-out cannot be told; say it with --head NAME, one of \"net.b\", "
            "\"net.a\"");
  EXPECT_EQ(error_of_model(twins, {vocabulary(), "", "c", ""}),
            "'m': --head \"c\" names no module, expected one of \"net.b\", \"net.a\"");
}

TEST_F(ModelFiles, MissingBiasesAreZero) {
  Safetensors file = state_dict(small("lstm", 0, 2), {{"rnn.", "lstm."}, {"head.", "fc."}});
  drop(file, "bias");
  const nn::Network<float> network =
      make_network<float>(parse_model(to_bytes(file), "m", {vocabulary(), "", "", ""}));
  for (const nn::Parameter& p : network.table().all()) {
    if (!p.is_vector) continue;
    for (Index k = 0; k < p.size(); ++k) EXPECT_EQ(network.parameters()[p.offset + k], 0);
  }
  file = state_dict(small("lstm"));
  drop(file, "rnn.bias_hh_l0");
  EXPECT_EQ(error_of_model(file, {vocabulary(), "", "", ""}),
            "'m': the tensor \"rnn.bias_hh_l0\" is missing, expected the shape [12]");
}

TEST_F(ModelFiles, ReadsHalfPrecision) {
  Safetensors file = state_dict(small("rnn"));
  for (Tensor& t : file.tensors) {
    t.dtype = Dtype::bf16;
    t.bytes.assign(t.bytes.size() / 4, '\0');
    for (std::size_t k = 1; k < t.bytes.size(); k += 2) t.bytes[k] = '\x3F';  // 0x3F00 is 0.5
  }
  const auto network = make_network<float>(parse_model(to_bytes(file), "m", {vocabulary(), "", "", ""}));
  EXPECT_TRUE(std::ranges::all_of(network.parameters(), [](float p) { return p == 0.5F; }));
}

/// Notes of a state dict that is read.
std::string notes_of(const Safetensors& file, const ImportOptions& options) {
  std::string all;
  for (const std::string& note : parse_model(to_bytes(file), "m", options).notes) all += note + "\n";
  return all;
}

TEST_F(ModelFiles, SaysThatTanhIsAssumedAndHowToSayOtherwise) {
  EXPECT_EQ(notes_of(state_dict(small("rnn")), {vocabulary(), "", "", ""}),
            "'m': the file does not say the RNN's activation; tanh is assumed, ReLU is chosen with --cell "
            "rnn_relu\n");
  EXPECT_EQ(notes_of(state_dict(small("rnn")), {vocabulary(), "rnn_relu", "", ""}), "");
  EXPECT_EQ(notes_of(state_dict(small("lstm")), {vocabulary(), "", "", ""}), "");
}

/// "rnn.weight_ih_l3" as the layer's own module calls it.
void rename_layers(Safetensors& file, const std::function<std::string(int, const std::string&)>& name) {
  for (Tensor& t : file.tensors) {
    const std::size_t at = t.name.find("_l");
    if (!t.name.starts_with("rnn.") || at == std::string::npos) continue;
    t.name = name(std::stoi(t.name.substr(at + 2)), t.name.substr(4, at - 4));
  }
}

TEST_F(ModelFiles, LayersMayBeModulesOfTheirOwn) {
  const ImportOptions options{vocabulary(), "", "", ""};
  for (const char* cell : {"rnn", "gru", "lstm"}) {
    for (const int layers : {1, 2, 12}) {
      const ModelSpec spec = small(cell, 4, layers);
      const std::vector<std::function<std::string(int, const std::string&)>> ways{
          [](int k, const std::string& kind) { return fmt::format("net.rnns.{}.{}_l0", k, kind); },
          [](int k, const std::string& kind) { return fmt::format("layer{}.{}_l0", k + 1, kind); },
          [](int k, const std::string& kind) { return fmt::format("module.cells.{}.{}", k, kind); },
          [](int k, const std::string& kind) {
            return fmt::format("cell{}.{}", k == 0 ? "" : std::to_string(k + 1), kind);
          }};
      for (const auto& way : ways) {
        Safetensors file = state_dict(spec);
        rename_layers(file, way);
        const ModelFile read = parse_model(to_bytes(file), "m", options);
        EXPECT_EQ(read.spec, spec);
        EXPECT_EQ(make_network<double>(read).parameters(), random_network<double>(spec).parameters());
      }
    }
  }
}

TEST_F(ModelFiles, ModulesThatAreNoStackAreRefused) {
  Safetensors file = state_dict(small("lstm", 4, 2));
  rename_layers(file, [](int k, const std::string& kind) { return fmt::format("lstm{}.{}_l0", k, kind); });
  file.metadata["vocabulary"] = json(kVocabulary).dump();
  ASSERT_EQ(error_of_model(file), "no error");
  tensor(file, "lstm1.weight_ih_l0") = zeros("lstm1.weight_ih_l0", {12, 4});
  EXPECT_EQ(
      error_of_model(file),
      "'m': tensor \"lstm1.weight_ih_l0\" has the shape [12, 4], expected [12, 3]: layer 1 must read the 3 "
      "values that layer 0 gives");
  tensor(file, "lstm1.weight_ih_l0") = zeros("lstm1.weight_ih_l0", {16, 3});
  EXPECT_EQ(error_of_model(file),
            "'m': tensor \"lstm1.weight_ih_l0\" has the shape [16, 3], expected [12, 3]: layers of different "
            "widths or cells are not supported");
}

TEST_F(ModelFiles, OneCopyOfATiedMatrixIsUsedForBoth) {
  const ModelSpec spec = small("gru", 3);
  ModelFile own = model_file(random_network<double>(spec), kVocabulary, nullptr);
  const auto matrix_of = [&](const std::string& name) {
    return std::ranges::find(own.tensors, name, &Tensor::name);
  };
  matrix_of("embedding.weight")->bytes = matrix_of("head.weight")->bytes;
  const auto expected = make_network<double>(own).parameters();
  for (const std::string dropped : {"head.weight", "embedding.weight", "nothing"}) {
    for (const std::string head : {"decoder.", "head.", "fc."}) {
      Safetensors file;
      file.tensors = own.tensors;
      drop(file, dropped);
      for (Tensor& t : file.tensors)
        if (t.name.starts_with("head.")) t.name = head + t.name.substr(5);
      const ModelFile read = parse_model(to_bytes(file), "m", {vocabulary(), "", "", ""});
      EXPECT_EQ(read.spec, spec) << dropped;
      EXPECT_EQ(make_network<double>(read).parameters(), expected) << dropped << head;
      EXPECT_EQ(!read.notes.empty(), dropped != "nothing") << dropped;
    }
  }
}

TEST_F(ModelFiles, AReadOutMayTellOtherClasses) {
  Safetensors file = state_dict(small("lstm", 4), {{"head.", "classifier."}});
  tensor(file, "classifier.weight") = zeros("classifier.weight", {2, 3});
  tensor(file, "classifier.bias") = zeros("classifier.bias", {2});
  const ModelFile read = parse_model(to_bytes(file), "m", {vocabulary(), "", "", ""});
  EXPECT_EQ(read.interface, (nn::Interface{nn::InputKind::characters, 5, nn::Readout::softmax, 2}));
  EXPECT_EQ(read.notes,
            (std::vector<std::string>{
                "'m': it reads 5 characters and tells 2 classes, which are called by their numbers"}));
  const auto network = make_network<float>(read);
  const auto trace = trace::trace_text<float>(network, std::vector<int>{0, 1, 2});
  EXPECT_EQ(trace.trace.steps, 3);
  EXPECT_EQ(trace.trace.scored, 0);
  const auto labelled = trace::trace_text<float>(network, std::vector<int>{0, 1, 2}, {.label = 1});
  EXPECT_EQ(labelled.targets, (std::vector<int>{-1, -1, 1}));
  EXPECT_NEAR(labelled.trace.total_loss, std::log(2.0), 1e-6);
}

TEST_F(ModelFiles, LeavesOutWhatIsNoParameterAndSaysSo) {
  Safetensors file = state_dict(small("lstm"));
  file.tensors.push_back({"position_ids", Dtype::i64, {1}, std::string(8, '\1')});
  file.tensors.push_back(zeros("optimizer.exp_avg.head.weight", {5, 3}));
  file.tensors.push_back(zeros("h0", {1, 1, 3}));
  const ModelFile read = parse_model(to_bytes(file), "m", {vocabulary(), "", "", ""});
  EXPECT_EQ(make_network<double>(read).parameters(), random_network<double>(small("lstm")).parameters());
  ASSERT_EQ(read.notes.size(), 1U);
  EXPECT_NE(read.notes[0].find("left out"), std::string::npos);
  file.tensors.back() = make_tensor("h0", {1}, std::vector<float>{1});
  EXPECT_NE(error_of_model(file, {vocabulary(), "", "", ""}).find("\"h0\" of shape [1] belongs to nothing"),
            std::string::npos);
}

TEST_F(ModelFiles, AsksForTheCharacters) {
  EXPECT_EQ(error_of_model(state_dict(small("lstm"))),
            "'m': the file says nothing of its characters; give them with --vocab FILE, a JSON array of 5 "
            "strings or "
            "one entry a line");
  EXPECT_EQ(error_of_model(state_dict(small("lstm")), {vocabulary(json{"a", "b"}), "", "", ""}),
            "'" + vocabulary(json{"a", "b"}).string() +
                "': the vocabulary has 2 characters, but the model reads 5");
  const std::string path = vocabulary(json{{"a", 0}}).string();
  EXPECT_EQ(error_of_model(state_dict(small("lstm")), {vocabulary(json{{"a", 0}}), "", "", ""}),
            "'" + path + "': the vocabulary has 1 characters, but the model reads 5");
  EXPECT_EQ(error_of_model(state_dict(small("lstm")), {vocabulary(json{"a", 1, "b", "c", "d"}), "", "", ""}),
            "'" + path + "': entry 1 is 1, expected a string");
  EXPECT_EQ(error_of_model(state_dict(small("lstm")), {folder_ / "none", "", "", ""}),
            "'" + (folder_ / "none").string() + "': no such file");
  Safetensors file = state_dict(small("lstm"));
  file.metadata["vocabulary"] = json(kVocabulary).dump();
  EXPECT_EQ(error_of_model(file), "no error");
}

struct Bad {
  std::string name;
  void (*spoil)(Safetensors&);
  std::string error;
};

class BadStateDict : public testing::TestWithParam<Bad> {};

TEST_P(BadStateDict, IsRefusedByName) {
  Safetensors file = state_dict(small("lstm", 4), {{"rnn.", "lstm."}, {"head.", "fc."}});
  file.metadata["vocabulary"] = json(kVocabulary).dump();
  ASSERT_EQ(error_of_model(file), "no error");
  GetParam().spoil(file);
  EXPECT_EQ(error_of_model(file), GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(
    ModelFiles, BadStateDict,
    testing::Values(
        Bad{"projection",
            [](Safetensors& f) {
              f.tensors.push_back(zeros("lstm.weight_hr_l0", {2, 3}));
            },
            "'m': the tensor \"lstm.weight_hr_l0\" belongs to an LSTM with projections (proj_size), which is "
            "not "
            "supported"},
        Bad{"shape",
            [](Safetensors& f) {
              tensor(f, "lstm.weight_ih_l0") = zeros("lstm.weight_ih_l0", {12, 3});
            },
            "'m': tensor \"lstm.weight_ih_l0\" has the shape [12, 3], expected [12, 4]"},
        Bad{"rank",
            [](Safetensors& f) {
              tensor(f, "fc.bias") = zeros("fc.bias", {5, 1});
            },
            "'m': tensor \"fc.bias\" has the shape [5, 1], expected [5]"},
        Bad{"empty",
            [](Safetensors& f) {
              tensor(f, "lstm.weight_hh_l0") = zeros("lstm.weight_hh_l0", {12, 0});
            },
            "'m': tensor \"lstm.weight_hh_l0\" has the shape [12, 0], expected [rows, hidden]"},
        Bad{"ratio",
            [](Safetensors& f) {
              tensor(f, "lstm.weight_hh_l0") = zeros("lstm.weight_hh_l0", {12, 6});
            },
            "'m': tensor \"lstm.weight_hh_l0\" has the shape [12, 6], expected [4*H, H] (lstm), [3*H, H] "
            "(gru) or "
            "[H, H] (rnn); say with --cell CELL what it is"},
        Bad{"hint",
            [](Safetensors& f) {
              tensor(f, "lstm.weight_hh_l0") = zeros("lstm.weight_hh_l0", {12, 4});
            },
            "'m': tensor \"lstm.weight_hh_l0\" has the shape [12, 4], expected [16, 4] from its name; say "
            "with --cell "
            "CELL what it is"},
        Bad{"missing", [](Safetensors& f) { drop(f, "weight_hh"); },
            "'m': the tensor \"lstm.weight_hh_l0\" is missing, expected the shape [rows, hidden]"},
        Bad{"layer", [](Safetensors& f) { f.tensors.push_back(zeros("lstm.bias_hh_l2", {12})); },
            "'m': the tensor \"lstm.weight_ih_l1\" is missing, expected the shape [12, 3]"},
        Bad{"far_layer", [](Safetensors& f) { f.tensors.push_back(zeros("lstm.bias_hh_l99999", {12})); },
            "'m': the tensor \"lstm.bias_hh_l99999\" is of layer 99999, expected at most 64 layers"},
        Bad{"leftover", [](Safetensors& f) { f.tensors.push_back(zeros("norm.scale", {3})); },
            "'m': the tensor \"norm.scale\" of shape [3] belongs to nothing in the model, expected only "
            "\"embedding.weight\" and the like"},
        Bad{"our_name", [](Safetensors& f) { f.tensors.push_back(zeros("head.bias", {3})); },
            "'m': the tensor \"head.bias\" of shape [3] belongs to nothing in the model"},
        Bad{"two_heads",
            [](Safetensors& f) {
              f.tensors.push_back(zeros("fc2.weight", {5, 3}));
            },
            "'m': which module is the read-out cannot be told; say it with --head NAME, one of \"fc\", "
            "\"fc2\""},
        Bad{"two_embeddings",
            [](Safetensors& f) {
              f.tensors.push_back(zeros("emb.weight", {5, 4}));
            },
            "'m': which module is the embedding cannot be told; say it with --embedding NAME, one of "
            "\"embedding\", \"emb\""},
        Bad{"no_head",
            [](Safetensors& f) {
              drop(f, "fc.");
              drop(f, "embedding");
            },
            "'m': there is no read-out in it, expected tensors such as \"head.weight\" of shape [V, 3]"},
        Bad{"two_cells",
            [](Safetensors& f) {
              f.tensors.push_back(zeros("gru.weight_ih_l0", {9, 4}));
            },
            "'m': it has 2 recurrent modules, \"gru.\", \"lstm.\", expected one, or layers whose names "
            "differ by "
            "a number only"},
        Bad{"no_cell",
            [](Safetensors& f) {
              drop(f, "lstm");
              drop(f, "bias");
            },
            "'m': there is no recurrent layer in it, expected tensors such as \"rnn.weight_ih_l0\"; it has "
            "\"fc.weight\", \"embedding.weight\""},
        Bad{"mamba2",
            [](Safetensors& f) {
              f.tensors = {zeros("embedding.weight", {4, 2}), zeros("layers.0.mixer.in_proj.weight", {8, 2}),
                           zeros("layers.0.mixer.dt_bias", {4}), zeros("layers.0.mixer.A_log", {4})};
            },
            "'m': this is Mamba-2 (state-spaces/mamba), whose layers cannot be read: it convolves keys, "
            "queries "
            "and values, and has a norm before its last matrix; mamba2 here does neither by itself. Expected "
            "a "
            "model of PyTorch's recurrent layers or of this program"},
        Bad{"xlstm",
            [](Safetensors& f) {
              f.tensors = {zeros("blocks.0.xlstm.igate.weight", {4, 4}),
                           zeros("blocks.0.xlstm.fgate.weight", {4, 4}),
                           zeros("blocks.0.xlstm.slstm_cell._recurrent_kernel_", {1, 4, 16})};
            },
            "'m': this is an sLSTM (NX-AI/xlstm), whose layers cannot be read: its input and forget gates "
            "see a "
            "convolution of the input, its candidate and output gate the input itself; slstm here has one "
            "input. "
            "Expected a model of PyTorch's recurrent layers or of this program"},
        Bad{"dtype",
            [](Safetensors& f) {
              tensor(f, "fc.bias") = {"fc.bias", Dtype::i32, {5}, std::string(20, '\0')};
            },
            "'m': tensor \"fc.bias\" is of dtype I32, expected F16, BF16, F32 or F64"},
        Bad{"nan",
            [](Safetensors& f) {
              tensor(f, "fc.bias") = make_tensor(
                  "fc.bias", {5}, std::vector<float>{0, 0, std::numeric_limits<float>::quiet_NaN(), 0, 0});
            },
            "'m': tensor \"fc.bias\" holds nan at index 2, expected finite numbers"},
        Bad{"vocabulary", [](Safetensors& f) { f.metadata["vocabulary"] = "[\"a\"]"; },
            "'m': the vocabulary has 1 characters, but the model reads 5"},
        Bad{"vocabulary_json", [](Safetensors& f) { f.metadata["vocabulary"] = "[\"a\""; },
            "'m: metadata vocabulary': not valid JSON at byte 5, line 1: it ends too early"}),
    [](const auto& bad) { return bad.param.name; });

TEST_F(ModelFiles, OurMetadataMustFitOurTensors) {
  const ModelFile file = model_file(random_network<float>(small("gru")), kVocabulary, nullptr);
  const auto with = [&](const std::string& key, const std::string& value) {
    Safetensors changed = parse_safetensors(to_bytes(file), "m");
    changed.metadata[key] = value;
    return changed;
  };
  EXPECT_EQ(error_of_model(with("model", "{\"spec\":{\"hiden\":3}}")).substr(0, 78),
            "'m: metadata model': /spec/hiden is not known; did you mean \"hidden\"? Allowed ");
  EXPECT_EQ(error_of_model(with("model", "{}")),
            "'m': a network with 0 inputs and 0 outputs is impossible, expected 1 to 2097152");
  EXPECT_EQ(error_of_model(with("model", R"({"spec":{"cell":"gru","hidden":8192,"layers":64},)"
                                         R"("interface":{"inputs":2000000,"outputs":2000000}})")),
            "'m': tensor \"rnn.weight_ih_l0\" has the shape [9, 5], expected [24576, 2000000]");
  EXPECT_EQ(error_of_model(with("experiment", "{")),
            "'m: metadata experiment': not valid JSON at byte 2, line 1: it ends too early");
  Safetensors bare = with("format", "gatescope");
  bare.metadata.erase("model");
  EXPECT_EQ(error_of_model(bare), "'m': the metadata have no \"model\", which says what the tensors are");
  EXPECT_EQ(error_of_model(with("note", ""), {std::nullopt, "lstm", "", ""}),
            "'m' says that its cell is gru, so --cell lstm cannot be right");
}

TEST_F(ModelFiles, MakingANetworkChecksItsTensors) {
  ModelFile file = model_file(random_network<double>(small("rnn")), kVocabulary, nullptr);
  file.tensors.back() = make_tensor("head.bias", {5}, std::vector<double>{1e300, 0, 0, 0, 0});
  EXPECT_NO_THROW(make_network<double>(file));
  EXPECT_THROW(make_network<float>(file), Error);
  file.tensors.pop_back();
  EXPECT_THROW(make_network<double>(file), Error);
  EXPECT_THROW(save_model(folder_ / "m", file), Error);
  EXPECT_FALSE(fs::exists(folder_ / "m"));
}

}  // namespace
}  // namespace gatescope::checkpoint
