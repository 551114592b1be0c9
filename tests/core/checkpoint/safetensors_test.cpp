#include "core/checkpoint/safetensors.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <initializer_list>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "tests/error_of.h"

namespace gatescope::checkpoint {
namespace {

std::string length_bytes(std::uint64_t length) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>((length >> (8 * i)) & 0xFF);
  return bytes;
}

/// A file of that header and `data` zero bytes.
std::string file_of(std::string_view header, std::size_t data = 0) {
  return length_bytes(header.size()) + std::string(header) + std::string(data, '\0');
}

std::string error_of_bytes(std::string_view bytes) {
  return gatescope::error_of([&] { parse_safetensors(bytes, "m.safetensors"); });
}

std::string write_error_of(const Safetensors& file) {
  return gatescope::error_of([&] { to_bytes(file); });
}

Safetensors example() {
  Safetensors file;
  file.metadata = {{"format", "pt"}, {"note", "a \"quoted\"\nline, σ"}};
  file.tensors.push_back(make_tensor("rnn.weight_ih_l0", {2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6}));
  file.tensors.push_back(make_tensor("empty", {0, 7}, std::vector<double>{}));
  file.tensors.push_back({"flag", Dtype::boolean, {3}, std::string("\1\0\1", 3)});
  file.tensors.push_back(make_tensor("a scalar, σ\n", {}, std::vector<double>{0.1}));
  return file;
}

TEST(Safetensors, ReadsBackWhatItWrites) {
  const std::string bytes = to_bytes(example());
  EXPECT_EQ(parse_safetensors(bytes, "m"), example());
  EXPECT_EQ(to_bytes(parse_safetensors(bytes, "m")), bytes);
}

TEST(Safetensors, WritesTheBytesOfTheFormat) {
  Safetensors file;
  file.metadata["k"] = "v";
  file.tensors.push_back({"b", Dtype::u8, {2}, "xy"});
  file.tensors.push_back({"a", Dtype::i16, {1, 1}, "zw"});
  const std::string header =
      R"({"__metadata__":{"k":"v"},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
      R"("a":{"dtype":"I16","shape":[1,1],"data_offsets":[2,4]}})";
  const std::string padding((8 - header.size() % 8) % 8, ' ');
  EXPECT_EQ(to_bytes(file), length_bytes(header.size() + padding.size()) + header + padding + "xyzw");
}

TEST(Safetensors, BeginsTheDataAtAMultipleOfEightBytes) {
  for (std::size_t n = 0; n < 9; ++n) {
    Safetensors file;
    file.tensors.push_back({std::string(n, 'n'), Dtype::u8, {1}, "x"});
    EXPECT_EQ((to_bytes(file).size() - 1) % 8, 0U) << n;
  }
}

// As the reference implementation's own example writes it.
TEST(Safetensors, ReadsAFileOfTheReferenceImplementation) {
  const auto file =
      parse_safetensors(file_of(R"({"test":{"dtype":"I32","shape":[2,2],"data_offsets":[0,16]}} )", 16), "m");
  ASSERT_EQ(file.tensors.size(), 1U);
  EXPECT_EQ(file.tensors[0], (Tensor{"test", Dtype::i32, {2, 2}, std::string(16, '\0')}));
}

TEST(Safetensors, ReadsAFileWithoutTensors) {
  EXPECT_EQ(parse_safetensors(file_of("{}"), "m"), Safetensors{});
  EXPECT_EQ(parse_safetensors(file_of(R"({"__metadata__":null}  )"), "m"), Safetensors{});
  EXPECT_EQ(parse_safetensors(to_bytes(Safetensors{}), "m"), Safetensors{});
}

TEST(Safetensors, OrdersTensorsByTheirDataWhateverTheHeadersOrder) {
  const auto file = parse_safetensors(file_of(R"({"late":{"dtype":"U8","shape":[1],"data_offsets":[2,3]},)"
                                              R"("early":{"data_offsets":[0,2],"shape":[2],"dtype":"U8"}})",
                                              3),
                                      "m");
  ASSERT_EQ(file.tensors.size(), 2U);
  EXPECT_EQ(file.tensors[0].name, "early");
  EXPECT_EQ(file.tensors[1].name, "late");
}

TEST(Safetensors, FindsATensorByName) {
  const Safetensors file = example();
  ASSERT_NE(file.find("flag"), nullptr);
  EXPECT_EQ(file.find("flag")->dtype, Dtype::boolean);
  EXPECT_EQ(file.find("flag "), nullptr);
}

TEST(Safetensors, RejectsEveryTruncationAndOneByteTooMany) {
  const std::string bytes = to_bytes(example());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THROW(parse_safetensors(std::string_view(bytes).substr(0, size), "m"), Error) << size;
  }
  EXPECT_EQ(error_of_bytes(bytes + "x"),
            "'m.safetensors': 1 bytes follow the last tensor \"a scalar, σ\\n\", expected "
            "the file to end there");
}

TEST(Safetensors, NamesTheCauseOfALyingHeaderLength) {
  EXPECT_EQ(error_of_bytes(""),
            "'m.safetensors' has 0 bytes, a safetensors file has at least 10: it is truncated or none");
  EXPECT_EQ(
      error_of_bytes(length_bytes(1000) + "{}"),
      "'m.safetensors': the header says it is 1000 bytes long, but 2 bytes follow: it is truncated or no "
      "safetensors file");
  EXPECT_EQ(error_of_bytes(length_bytes(~std::uint64_t{0}) + "{}"),
            "'m.safetensors': the header says it is 18446744073709551615 bytes long, at most 100000000 are "
            "allowed: "
            "it is damaged or no safetensors file");
  EXPECT_NE(error_of_bytes(length_bytes(0)).find("does not begin with '{'"), std::string::npos);
}

TEST(Safetensors, TellsAPyTorchFileWhatToDo) {
  for (const std::string& bytes : {std::string("PK\x03\x04\x00\x00\x08\x08\x00\x00\x00\x00", 12),
                                   std::string("\x80\x02\x8A\x0A\x6C\xFC", 6)}) {
    EXPECT_NE(error_of_bytes(bytes).find("'m.safetensors' is a PyTorch pickle (.pt, .pth)"), std::string::npos);
    EXPECT_NE(error_of_bytes(bytes).find("safetensors.torch.save_file"), std::string::npos);
  }
}

TEST(Safetensors, TakesAHeaderWhoseLengthLooksLikeAPickleForWhatItIs) {
  std::string header = R"({"w":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})";
  header.resize(0x280, ' ');
  EXPECT_EQ(parse_safetensors(file_of(header), "m").tensors.size(), 1U);
}

TEST(Safetensors, NamesFileTensorAndCauseOfEveryLie) {
  for (const auto& [header, cause] : std::initializer_list<std::pair<std::string, const char*>>{
           {R"({"w":)", "the header is not valid UTF-8 JSON at byte 6 of it"},
           {R"({} x)", "the header is not valid UTF-8 JSON at byte 4 of it"},
           {"{\"\xFF\":1}", "the header is not valid UTF-8 JSON at byte 3 of it"},
           {std::string("{}\0\0", 4), "the header has a zero byte at byte 3 of it"},
           {R"( {})", "the header does not begin with '{'"},
           {R"([])", "the header does not begin with '{'"},
           {R"({"w":3})", R"(tensor "w" is 3, expected an object with dtype, shape and data_offsets)"},
           {R"({"w":[]})", R"(tensor "w" is an array, expected an object)"},
           {R"({"w":null})", R"(tensor "w" is null, expected an object)"},
           {R"({"__metadata__":"x"})", R"(__metadata__ is "x", expected an object of strings)"},
           {R"({"__metadata__":{"k":1}})", R"(__metadata__ "k" is 1, expected a string)"},
           {R"({"__metadata__":{"k":{}}})", R"(__metadata__ "k" is an object, expected a string)"},
           {R"({"__metadata__":{"k":"","k":""}})", R"(__metadata__ has the key "k" twice)"},
           {R"({"__metadata__":{},"__metadata__":{}})", R"(the header names "__metadata__" twice)"},
           {R"({"w":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\u0077":{}})",
            R"(the header names "w" twice)"},
           {R"({"w":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}})",
            R"(tensor "w": the dtype "F31" is not known, expected one of BOOL, U8, I8)"},
           {R"({"w":{"dtype":1}})", R"(tensor "w": 'dtype' is 1, expected a string such as "F32")"},
           {R"({"w":{"dtype":"F32","dtype":"F32"}})", R"(tensor "w": 'dtype' stands there twice)"},
           {R"({"w":{"shape":[],"shape":[]}})", R"(tensor "w": 'shape' stands there twice)"},
           {R"({"w":{"offsets":[0,4]}})",
            R"(tensor "w": the key "offsets" is not known, expected dtype, shape and)"},
           {R"({"w":{"shape":[1],"data_offsets":[0,4]}})", R"(tensor "w": 'dtype' is missing)"},
           {R"({"w":{"dtype":"F32","data_offsets":[0,4]}})", R"(tensor "w": 'shape' is missing)"},
           {R"({"w":{"dtype":"F32","shape":[1]}})", R"(tensor "w": 'data_offsets' is missing)"},
           {R"({"w":{"shape":4}})", R"(tensor "w": 'shape' is 4, expected an array of whole numbers)"},
           {R"({"w":{"shape":{}}})", R"(tensor "w": 'shape' is an object, expected an array)"},
           {R"({"w":{"shape":[-1]}})", R"(tensor "w": 'shape' holds -1, expected whole numbers from 0)"},
           {R"({"w":{"shape":[1.5]}})", R"(tensor "w": 'shape' holds 1.5, expected whole numbers)"},
           {R"({"w":{"shape":["1"]}})", R"(tensor "w": 'shape' holds "1", expected whole numbers)"},
           {R"({"w":{"shape":[[1]]}})", R"(tensor "w": 'shape' holds an array, expected whole numbers)"},
           {R"({"w":{"shape":[true]}})", R"(tensor "w": 'shape' holds true, expected whole numbers)"},
           {R"({"w":{"shape":[9223372036854775808]}})", R"(tensor "w": 'shape' holds 9223372036854775808)"},
           {R"({"w":{"shape":[99999999999999999999]}})", R"(tensor "w": 'shape' holds 99999999999999999999)"},
           {R"({"w":{"data_offsets":[0]}})",
            R"(tensor "w": 'data_offsets' has 1 numbers, expected [BEGIN, END])"},
           {R"({"w":{"data_offsets":[0,1,2]}})", R"(tensor "w": 'data_offsets' has more than two numbers)"},
           {R"({"w":{"data_offsets":[-4,0]}})", R"(tensor "w": 'data_offsets' holds -4)"},
           {R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})",
            R"(tensor "w": data_offsets [4, 0] end before they begin)"},
           {R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})",
            R"(tensor "w": data_offsets [0, 4] hold 4 bytes, but the shape [2] of F32 needs 8)"},
           {R"({"w":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}})",
            R"(tensor "w": the shape [4294967296, 4294967296] of F32 needs more than 2^63 - 1 bytes)"},
           {R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
            R"(tensor "w": data_offsets [0, 8] end after the 4 bytes of data in the file: it is truncated)"},
           {R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[18446744073709551615,18446744073709551615]}})",
            R"(tensor "w": data_offsets [18446744073709551615, 18446744073709551615] hold 0 bytes)"},
           {R"({"w":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})",
            R"(tensor "w": data_offsets [2, 4] leave a hole before them, expected them to begin at 0)"},
           {R"({"v":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},)"
            R"("w":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})",
            R"(tensor "w": data_offsets [2, 4] overlap the tensor before, expected them to begin at 3)"},
           {R"({"w":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}})",
            R"(1 bytes follow the last tensor "w", expected the file to end there)"},
           {R"({})", "4 bytes follow the last tensor, expected the file to end there"},
       }) {
    const std::string error = error_of_bytes(file_of(header, 4));
    EXPECT_TRUE(error.starts_with("'m.safetensors'")) << header << " -> " << error;
    EXPECT_NE(error.find(cause), std::string::npos) << header << " -> " << error;
    EXPECT_EQ(error.find('\n'), std::string::npos) << header << " -> " << error;
  }
}

TEST(Safetensors, RejectsDeepAndLongHeadersWithoutGrowingWithThem) {
  EXPECT_NE(error_of_bytes(file_of("{\"w\":" + std::string(1'000'000, '['))).find("tensor \"w\" is an array"),
            std::string::npos);
  std::string shape = "0";
  for (int i = 0; i < 1000; ++i) shape += ",0";
  EXPECT_NE(error_of_bytes(file_of("{\"w\":{\"shape\":[" + shape + "]}}")).find("more than 64 dimensions"),
            std::string::npos);
  const std::string error = error_of_bytes(file_of("{\"" + std::string(100'000, 'n') + "\":3}"));
  EXPECT_NE(error.find("nnn...\" is 3"), std::string::npos);
  EXPECT_LT(error.size(), 300U);
}

TEST(Safetensors, RefusesToWriteWhatCouldNotBeRead) {
  const Tensor byte{"w", Dtype::u8, {1}, "x"};
  EXPECT_EQ(write_error_of({{}, {byte, byte}}), "two tensors are named \"w\"");
  EXPECT_EQ(write_error_of({{}, {{"__metadata__", Dtype::u8, {1}, "x"}}}),
            "no tensor can be named __metadata__, which the format reserves");
  EXPECT_EQ(write_error_of({{}, {{"w", Dtype::f32, {1}, "x"}}}),
            "tensor \"w\": 1 bytes do not fit the shape [1] of F32");
  EXPECT_EQ(write_error_of({{}, {{"\xFF", Dtype::u8, {1}, "x"}}}),
            "the tensor name \"\uFFFD\" is not valid UTF-8");
  EXPECT_EQ(write_error_of({{{"k", "\xFF"}}, {}}), "the metadata value \"\uFFFD\" is not valid UTF-8");
  EXPECT_EQ(write_error_of({{}, {{"w", Dtype::u8, std::vector<std::int64_t>(65, 1), "x"}}}),
            "tensor \"w\" has 65 dimensions, at most 64 can be written");
}

TEST(Safetensors, WritesAndReadsAFileAndNamesItInErrors) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "gatescope_safetensors_test";
  const auto path = folder / "m.safetensors";
  write_safetensors(path, example());
  EXPECT_EQ(read_safetensors(path), example());
  write_file(path, "PK\x03\x04");
  try {
    read_safetensors(path);
    FAIL() << "no error";
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find(path.string()), std::string::npos) << e.what();
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace gatescope::checkpoint
