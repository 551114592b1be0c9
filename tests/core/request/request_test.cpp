#include "core/request/request.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/in_quotes.h"
#include "tests/error_of.h"
#include "tests/rules.h"

namespace gatescope::figure {
namespace {

FigureRequest full() {
  FigureRequest request;
  request.view = all_views().front().id;
  ModelReference model;
  model.file = {"a b/ü.safetensors", "/x/a b/ü.safetensors", std::string(64, '0')};
  model.vocabulary = FileReference{"v.json", "/x/v.json", std::string(64, '1')};
  model.metrics = FileReference{"m.csv", "/x/m.csv", std::string(64, 'a')};
  model.name = "LSTM (ü)";
  model.cell = "gru", model.head = "fc", model.embedding = "emb";
  model.experiment = {{"seed", 7}, {"title", "t"}};
  model.update = 1500;
  request.models = {model};
  request.text = "line\n\"quoted\" 🙂";
  request.rules = rules({"0.f[3]@2-4=*0.5", "o=1"});
  request.loss = "12";
  request.options = {.layer = 1,
                     .backward_direction = true,
                     .channel = "f",
                     .units = {1, 5},
                     .step = 3,
                     .unit = 5,
                     .top = 7,
                     .lanes = 3,
                     .foremost = "c",
                     .sort = "time-constant",
                     .own_scales = true,
                     .steps = Steps{20, 60},
                     .frame = 9};
  request.theme = ThemeName::projector;
  request.size = {640, 360};
  request.scale = 1.5;
  request.font_size = 7.5;
  request.print = request.svg_text = true;
  request.program = "gatescope 9";
  request.with_paths = true;
  return request;
}

std::string error_of_request(nlohmann::json json) {
  return gatescope::error_of([&] { request_from_json(json, "a.svg"); });
}

}  // namespace

TEST(FigureRequest, RoundTripsThroughItsText) {
  const std::string text = to_text(full());
  EXPECT_EQ(to_text(parse_request(text, "a.svg")), text);
  EXPECT_EQ(text.find('\n'), text.npos) << "on one line";
  const FigureRequest read = parse_request(text, "a.svg");
  EXPECT_EQ(read.options.units, (std::vector<int>{1, 5}));
  EXPECT_EQ(read.options.frame, 9);
  EXPECT_EQ(read.options.sort, "time-constant");
  EXPECT_TRUE(read.options.own_scales);
  EXPECT_EQ(read.options.steps, (Steps{20, 60}));
  EXPECT_EQ(read.models[0].vocabulary, full().models[0].vocabulary);
  EXPECT_EQ(read.scale, 1.5);
  EXPECT_TRUE(std::ranges::all_of(text, [](char c) { return c > 0 && c < 127; })) << "in ASCII";
  FigureRequest labelled = full();
  labelled.text.clear();
  labelled.sequence = observe::GivenSequence{7, {"a", "ü", "\n"}, {-1, -1, 1}, {"X", "Y"}};
  EXPECT_EQ(parse_request(to_text(labelled), "").sequence, labelled.sequence);
  for (const observe::GivenSequence& given :
       {observe::GivenSequence{.values = {{0.1, -2}, {0, 1e-3}}},
        observe::GivenSequence{.values = {{0.1}, {0}}, .expected = {{}, {0.5, 1}}},
        observe::GivenSequence{.characters = {"a"}, .expected = {{0.5}}},
        observe::GivenSequence{.labels = {1, -1}, .classes = {"X", "Y"}, .values = {{3}, {4}}}}) {
    labelled.sequence = given;
    EXPECT_EQ(parse_request(to_text(labelled), "").sequence, given) << to_text(labelled);
  }
  FigureRequest small;
  small.view = all_views().front().id;
  small.models.emplace_back().file = full().models[0].file;
  EXPECT_EQ(to_text(parse_request(to_text(small), "")), to_text(small));
}

TEST(FigureRequest, TellsNoFoldersUnlessAsked) {
  FigureRequest request = full();
  request.models[0].experiment["task"] = {
      {"kind", "text"}, {"text", "/x/secret/novel.txt"}, {"held_out", 0.1}};
  request.with_paths = false;
  const nlohmann::json json = to_json(request);
  EXPECT_EQ(json.dump().find("/x"), std::string::npos) << json.dump();
  EXPECT_EQ(json["models"][0]["path"], "ü.safetensors");
  EXPECT_EQ(json["models"][0]["experiment"]["task"]["text"], "novel.txt");
  EXPECT_EQ(json["models"][0]["experiment"]["task"]["held_out"], 0.1);
  EXPECT_EQ(to_text(parse_request(to_text(request), "")), to_text(request));
  request.with_paths = true;
  EXPECT_EQ(to_json(request)["models"][0]["absolute"], "/x/a b/ü.safetensors");
}

TEST(FigureRequest, CarriesNamesThatAreNoUtf8) {
  FigureRequest request = full();
  request.models[0].file.path = "a/\xff.safetensors";
  EXPECT_EQ(parse_request(to_text(request), "").models[0].file.path, "a/\xff.safetensors");
}

TEST(FigureRequest, NamesThePlaceOfWhatIsWrong) {
  nlohmann::json json = to_json(full());
  const auto with = [&](const char* pointer, nlohmann::json value) {
    nlohmann::json other = json;
    other[nlohmann::json::json_pointer(pointer)] = std::move(value);
    return error_of_request(other);
  };
  for (const auto& [pointer, value] : {std::pair<const char*, nlohmann::json>{"/figure", 3},
                                       {"/view", "nothing"},
                                       {"/models", nlohmann::json::array()},
                                       {"/models/0/sha256", "12"},
                                       {"/models/0/update", -1},
                                       {"/models/0/metrics/sha256", std::string(64, 'X')},
                                       {"/rules/1", "f=2x"},
                                       {"/loss", "first"},
                                       {"/options/layer", -1},
                                       {"/options/units", nlohmann::json::array({"a"})},
                                       {"/options/top", 0},
                                       {"/theme", "blue"},
                                       {"/size", nlohmann::json::array({1, 2})},
                                       {"/sise", 3}}) {
    const std::string error = with(pointer, value);
    EXPECT_NE(error.find(pointer), error.npos) << pointer << ": " << error;
    EXPECT_NE(error.find("a.svg"), error.npos) << error;
  }
  EXPECT_EQ(error_of_request(json), "no error");
}

TEST(FigureRequest, SaysWhatIsWrongOnOnePrintableLine) {
  const std::string power =
      "\x1b[2J\n\xe2\x80\xae";  // erases, breaks the line, turns the direction of writing
  for (const char* key : {"view", "theme", "loss"}) {
    nlohmann::json json = to_json(full());
    json[key] = power;
    const std::string said = error_of_request(json);
    EXPECT_EQ(said, printable(said));
    EXPECT_NE(said.find("\\u001b[2J\\n\\u202e"), std::string::npos) << said;
  }
}

}  // namespace gatescope::figure
