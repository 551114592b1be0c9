#include "app/gl/handles.h"

#include <gmock/gmock.h>

#include <type_traits>

#include "app/platform/offscreen.h"
#include "core/error.h"

namespace gatescope::gl {
namespace {

using ::testing::HasSubstr;

static_assert(!std::is_copy_constructible_v<Texture> && std::is_nothrow_move_constructible_v<Texture>);

bool exists(const Context& gl, GLuint id) {
  gl->BindTexture(GL_TEXTURE_2D, 0);
  return gl->IsTexture(id) == GL_TRUE;
}

GLuint bound(const Context& gl, const Texture& texture) {
  gl->BindTexture(GL_TEXTURE_2D, texture.id());
  return texture.id();
}

TEST(Handle, ReleasesItsObjectAtTheEnd) {
  const platform::OffscreenContext context;
  const Context& gl = context.functions();
  GLuint id = 0;
  {
    const Texture texture(gl);
    id = bound(gl, texture);
    EXPECT_TRUE(exists(gl, id));
  }
  EXPECT_FALSE(exists(gl, id));
}

TEST(Handle, MovesItsObjectAndReleasesItOnce) {
  const platform::OffscreenContext context;
  const Context& gl = context.functions();
  Texture kept;
  EXPECT_FALSE(kept);
  GLuint id = 0;
  {
    Texture made(gl);
    id = bound(gl, made);
    kept = std::move(made);
  }
  EXPECT_TRUE(exists(gl, id));
  EXPECT_EQ(kept.id(), id);
  kept = Texture();
  EXPECT_FALSE(exists(gl, id));
  EXPECT_EQ(gl->GetError(), GLenum{GL_NO_ERROR});
}

TEST(Functions, CheckNamesTheErrorAndWhatWasDone) {
  const platform::OffscreenContext context;
  const Context& gl = context.functions();
  EXPECT_NO_THROW(check(*gl, "nothing"));
  gl->Enable(0xffffffff);
  try {
    check(*gl, "a test");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("invalid enum"));
    EXPECT_THAT(error.what(), HasSubstr("a test"));
  }
  EXPECT_NO_THROW(check(*gl, "nothing"));
}

Procedure old_driver(const char* name) {
  const std::string_view wanted(name);
  if (wanted == "glGetString")
    return reinterpret_cast<Procedure>(+[](GLenum what) {
      return reinterpret_cast<const GLubyte*>(what == GL_VERSION ? "2.1 Mesa 7.0" : "Old Card");
    });
  if (wanted == "glGetIntegerv")
    return reinterpret_cast<Procedure>(
        +[](GLenum what, GLint* value) { *value = what == GL_MAJOR_VERSION ? 2 : 1; });
  return reinterpret_cast<Procedure>(+[] { return GLenum{GL_NO_ERROR}; });
}

std::string load_error(const Loader& loader) {
  try {
    load_functions(loader);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Functions, OldDriverIsAnErrorThatNamesVersionAndCard) {
  const std::string message = load_error(old_driver);
  EXPECT_THAT(message, HasSubstr("3.3"));
  EXPECT_THAT(message, HasSubstr("2.1 Mesa 7.0"));
  EXPECT_THAT(message, HasSubstr("Old Card"));
}

TEST(Functions, NoDriverAndMissingFunctionsAreErrors) {
  EXPECT_THAT(load_error([](const char*) { return Procedure{}; }), HasSubstr("no OpenGL"));
}

TEST(OffscreenContext, IsACoreContextOfAtLeast33) {
  const platform::OffscreenContext context;
  const Context& gl = context.functions();
  EXPECT_GE(gl->major * 10 + gl->minor, 33);
  EXPECT_GE(gl->max_texture_size, 1024);
  EXPECT_THAT(gl->description, HasSubstr("OpenGL"));
}

}  // namespace
}  // namespace gatescope::gl
