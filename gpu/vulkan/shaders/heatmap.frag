// SPDX-License-Identifier: Apache-2.0
// Must match core/view/heatmap_painter.cpp: the same steps in the same order. Change both or neither.
#version 450
#extension GL_EXT_samplerless_texture_functions : require

// nms::AxisPixel: x fieldFirst, y tileFirst, z samples, w marks.
const uint cellLine = 1u;
const uint tileLine = 2u;
const int fineColorCount = 1024;

struct Layer {
    float low;
    float origin;
    float factor;
    uint logarithmic;
    ivec2 stride; // columns, rows
};

// HeatmapParameters in heatmap_pipeline.h. Colours are RGBA8.
layout(push_constant) uniform Parameters
{
    Layer layers[2]; // field, tile map
    uvec2 selectionOutline; // first and last distance
    uvec2 hoverOutline;
    uint background;
    uint tileLineColor;
    uint accent;
    uint hover;
    uint nanColor;
    uint positiveInfinityColor;
    uint negativeInfinityColor;
    uint width; // `axes` holds the columns first, then the rows
    uint height;
    uint prefersField;
    float groundWeight;
    float cellLineWeight;
    float tileLineWeight;
} frame;

layout(std430, set = 0, binding = 0) readonly buffer Frame
{
    uint tables[2 * fineColorCount]; // RGBA8: field, tile map
    uvec4 axes[];
};

// Software drivers compute both sides of every branch: specialisation constants remove what a frame does not need.
layout(constant_id = 0) const bool usesField = true;
layout(constant_id = 1) const bool usesTiles = true;

layout(set = 0, binding = 1) uniform texture2D fieldValues;
layout(set = 0, binding = 2) uniform texture2D tileValues;

layout(location = 0) out vec4 outColor;

vec3 toColor(uint packed)
{
    return unpackUnorm4x8(packed).rgb;
}

vec3 colorOfFinite(int layer, float value)
{
    float position = frame.layers[layer].logarithmic != 0u ? log(max(frame.layers[layer].low, value)) : value;
    float unit = clamp((position - frame.layers[layer].origin) * frame.layers[layer].factor, 0.0, 1.0);
    return toColor(tables[fineColorCount * layer + min(int(unit * float(fineColorCount)), fineColorCount - 1)]);
}

// first: column and row of the first sample; count: number of columns and rows.
vec3 layerColor(texture2D values, int layer, ivec2 first, uvec2 count)
{
    ivec2 stride = frame.layers[layer].stride;
    vec3 sum = vec3(0.0);
    bool anyNan = false, anyPositiveInfinity = false, anyNegativeInfinity = false;
    for (uint i = 0u; i < count.y; ++i) {
        for (uint j = 0u; j < count.x; ++j) {
            float value = texelFetch(values, first + ivec2(j, i) * stride, 0).r;
            // Tested by its bits: drivers may assume that arithmetic has no NaN.
            uint bits = floatBitsToUint(value);
            if ((bits & 0x7f800000u) != 0x7f800000u)
                sum += colorOfFinite(layer, value);
            else if ((bits & 0x007fffffu) != 0u)
                anyNan = true;
            else if ((bits & 0x80000000u) == 0u)
                anyPositiveInfinity = true;
            else
                anyNegativeInfinity = true;
        }
    }
    if (anyNan || (anyPositiveInfinity && anyNegativeInfinity))
        return toColor(frame.nanColor);
    if (anyPositiveInfinity || anyNegativeInfinity)
        return toColor(anyPositiveInfinity ? frame.positiveInfinityColor : frame.negativeInfinityColor);
    return sum / float(count.x * count.y);
}

vec3 dataColor(uvec4 row, uvec4 column)
{
    uvec2 samples = uvec2(column.z, row.z);
    uvec2 fieldCount = samples & 0xffffu;
    uvec2 tileCount = samples >> 16u;
    ivec2 fieldFirst = ivec2(column.x, row.x);
    ivec2 tileFirst = ivec2(column.y, row.y);
    bool hasTile = usesTiles && tileCount.x * tileCount.y > 0u;
    bool hasField = usesField && fieldCount.x * fieldCount.y > 0u && (frame.prefersField != 0u || !hasTile);
    vec3 color = toColor(frame.background);
    if (hasField)
        color = layerColor(fieldValues, 0, fieldFirst, fieldCount);
    else if (hasTile)
        color = layerColor(tileValues, 1, tileFirst, tileCount);
    return mix(color, toColor(frame.background), frame.groundWeight);
}

vec3 outlined(vec3 color, uint distance, uvec2 outline, uint line)
{
    if (distance == 0u || distance > outline.y + 1u)
        return color;
    return toColor(distance >= outline.x && distance <= outline.y ? line : frame.background);
}

uint distanceOf(uint rowMarks, uint columnMarks, int shift)
{
    return max(rowMarks >> shift & 255u, columnMarks >> shift & 255u);
}

void main()
{
    uvec2 pixel = min(uvec2(gl_FragCoord.xy), uvec2(frame.width, frame.height) - 1u);
    uvec4 column = axes[pixel.x];
    uvec4 row = axes[frame.width + pixel.y];

    vec3 color = toColor(frame.background);
    uint outside = distanceOf(row.w, column.w, 8);
    if (outside == 0u) {
        color = dataColor(row, column);
        uint lines = row.w | column.w;
        if ((lines & cellLine) != 0u)
            color = mix(color, toColor(frame.background), frame.cellLineWeight);
        if ((lines & tileLine) != 0u)
            color = mix(color, toColor(frame.tileLineColor), frame.tileLineWeight);
    } else if (outside == 1u) {
        color = toColor(frame.tileLineColor);
    }
    color = outlined(color, distanceOf(row.w, column.w, 16), frame.selectionOutline, frame.accent);
    color = outlined(color, distanceOf(row.w, column.w, 24), frame.hoverOutline, frame.hover);
    outColor = vec4(color, 1.0);
}
