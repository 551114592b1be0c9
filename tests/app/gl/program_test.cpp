#include "app/gl/program.h"

#include <gmock/gmock.h>

#include "app/platform/offscreen.h"
#include "core/error.h"
#include "core/files.h"

namespace gatescope::gl {
namespace {

using ::testing::HasSubstr;

struct ProgramTest : ::testing::Test {
  std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "gatescope_shaders" /
                                 ::testing::UnitTest::GetInstance()->current_test_info()->name();
  platform::OffscreenContext context;

  void SetUp() override {
    std::filesystem::remove_all(folder);
    write_file(folder / "good.vert", "#version 330 core\nvoid main() {\n  gl_Position = vec4(0.0);\n}\n");
    write_file(folder / "good.frag", "#version 330 core\nout vec4 c;\nvoid main() {\n  c = vec4(1.0);\n}\n");
  }

  std::string error(const char* vertex, const char* fragment) {
    try {
      const Program program(context.functions(), folder, vertex, fragment);
    } catch (const Error& caught) {
      return caught.what();
    }
    return "no error";
  }
};

TEST_F(ProgramTest, LinksShadersThatAreRight) {
  EXPECT_EQ(error("good", "good"), "no error");
}

TEST_F(ProgramTest, NamesFileAndLineOfWhatDoesNotCompile) {
  write_file(folder / "bad.frag", "#version 330 core\nout vec4 c;\nvoid main() {\n  c = wrong;\n}\n");
  EXPECT_THAT(error("good", "bad"), HasSubstr((folder / "bad.frag").string() + ":4: "));
}

TEST_F(ProgramTest, NamesTheIncludedFileAndItsLine) {
  write_file(folder / "part.glsl", "float fine() { return 1.0; }\n\nfloat broken() { return wrong; }\n");
  write_file(folder / "bad.frag", "#version 330 core\n#include \"part.glsl\"\nout vec4 c;\nvoid main() {}\n");
  EXPECT_THAT(error("good", "bad"), HasSubstr((folder / "part.glsl").string() + ":3: "));
}

TEST_F(ProgramTest, CountsLinesOnAfterAnInclude) {
  write_file(folder / "part.glsl", "float fine() { return 1.0; }\n\n\n");
  write_file(folder / "bad.frag",
             "#version 330 core\n#include \"part.glsl\"\nout vec4 c;\nvoid main() { c = wrong; }\n");
  EXPECT_THAT(error("good", "bad"), HasSubstr((folder / "bad.frag").string() + ":4: "));
}

TEST_F(ProgramTest, NamesTheFileThatIsMissing) {
  EXPECT_THAT(error("good", "absent"), HasSubstr((folder / "absent.frag").string()));
}

TEST_F(ProgramTest, RefusesIncludesInACircle) {
  write_file(folder / "round.frag", "#version 330 core\n#include \"round.frag\"\n");
  EXPECT_THAT(error("good", "round"), HasSubstr("circle"));
}

TEST_F(ProgramTest, NamesBothShadersThatDoNotLink) {
  write_file(folder / "other.vert",
             "#version 330 core\nout vec3 between;\nvoid main() { between = vec3(0.0); gl_Position = "
             "vec4(0.0); }\n");
  write_file(folder / "other.frag",
             "#version 330 core\nin vec4 between;\nout vec4 c;\nvoid main() { c = between; }\n");
  const std::string message = error("other", "other");
  EXPECT_THAT(message, HasSubstr("other.vert"));
  EXPECT_THAT(message, HasSubstr("other.frag"));
}

}  // namespace
}  // namespace gatescope::gl
