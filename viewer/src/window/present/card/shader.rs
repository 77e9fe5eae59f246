//! What the graphics card computes for every pixel of the window, in whole numbers and as the way
//! through memory does it, so that both show the same.

/// One texel for one pixel, from `origin` in the window on; `keep` 255ths of the brightness stay.
pub(super) const COPY: &str = "#version 130
uniform sampler2D picture;
uniform ivec2 window;
uniform ivec2 origin;
uniform ivec2 keep;
out vec4 colour;

void main() {
    ivec2 at = ivec2(int(gl_FragCoord.x), window.y - 1 - int(gl_FragCoord.y)) - origin;
    ivec3 rgb = ivec3(texelFetch(picture, at, 0).rgb * 255.0 + 0.5);
    ivec3 sum = rgb * keep.x + 128;
    colour = vec4(vec3((sum + (sum >> 8)) >> 8) / 255.0, 1.0);
}
";

/// Many texels for one pixel, mixed by the weights of its column and its row: the first line of
/// `columns` and `rows` says with which texel to begin, the lines below have the weights.
pub(super) const MIX: &str = "#version 130
uniform sampler2D picture;
uniform usampler2D columns;
uniform usampler2D rows;
uniform ivec2 window;
uniform ivec2 origin;
uniform ivec2 keep;
uniform ivec2 taps;
out vec4 colour;

void main() {
    ivec2 at = ivec2(int(gl_FragCoord.x), window.y - 1 - int(gl_FragCoord.y)) - origin;
    ivec2 first = ivec2(texelFetch(columns, ivec2(at.x, 0), 0).r, texelFetch(rows, ivec2(at.y, 0), 0).r);
    ivec3 mixed = ivec3(0);
    for (int row = 0; row < taps.y; row++) {
        int down = int(texelFetch(rows, ivec2(at.y, row + 1), 0).r);
        if (down == 0) continue;
        for (int column = 0; column < taps.x; column++) {
            int across = int(texelFetch(columns, ivec2(at.x, column + 1), 0).r);
            if (across == 0) continue;
            vec3 texel = texelFetch(picture, first + ivec2(column, row), 0).rgb;
            mixed += ivec3(texel * 255.0 + 0.5) * (across * down);
        }
    }
    ivec3 rgb = min((mixed + 32768) >> 16, 255);
    ivec3 sum = rgb * keep.x + 128;
    colour = vec4(vec3((sum + (sum >> 8)) >> 8) / 255.0, 1.0);
}
";

/// A video's three planes as pixels (BT.709, limited range), each term rounded by itself: the formula
/// that a test in `media/src/convert.rs` holds the conversion in software to.
pub(super) const CONVERT: &str = "#version 130
uniform sampler2D luma;
uniform sampler2D blue;
uniform sampler2D red;
out vec4 colour;

int part(int sample_, int weight) {
    return (sample_ * weight + 4096) >> 13;
}

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    int y = int(texelFetch(luma, at, 0).r * 255.0 + 0.5);
    int u = int(texelFetch(blue, at >> 1, 0).r * 255.0 + 0.5) - 128;
    int v = int(texelFetch(red, at >> 1, 0).r * 255.0 + 0.5) - 128;
    int light = part(max(y - 16, 0), 9539);
    ivec3 rgb = ivec3(
        light + part(v, 14686),
        light - part(v, 4366) - part(u, 1747),
        light + part(u, 17305));
    colour = vec4(vec3(clamp(rgb, 0, 255)) / 255.0, 1.0);
}
";
