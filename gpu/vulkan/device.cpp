// SPDX-License-Identifier: Apache-2.0
#include "gpu/vulkan/device.h"

#include "gpu/vulkan/call_result.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <optional>
#include <vector>

namespace nms::vulkan {

struct Device::Owned {
    VkInstance instance = VK_NULL_HANDLE;
    VkDevice device = VK_NULL_HANDLE;
    VkDebugUtilsMessengerEXT messenger = VK_NULL_HANDLE;
    std::atomic<int> messages = 0;

    ~Owned()
    {
        if (device != VK_NULL_HANDLE)
            vkDestroyDevice(device, nullptr);
        if (messenger != VK_NULL_HANDLE) {
            const auto destroy = reinterpret_cast<PFN_vkDestroyDebugUtilsMessengerEXT>(
                vkGetInstanceProcAddr(instance, "vkDestroyDebugUtilsMessengerEXT"));
            destroy(instance, messenger, nullptr);
        }
        if (instance != VK_NULL_HANDLE)
            vkDestroyInstance(instance, nullptr);
    }
};

namespace {

constexpr const char *validationLayer = "VK_LAYER_KHRONOS_validation";
constexpr const char *driverRemedy = "install one: apt install mesa-vulkan-drivers (software), or your GPU's own";

Unexpected<Error> noDriver()
{
    return fail(ErrorKind::Device, "Vulkan", "no Vulkan driver was found", driverRemedy);
}

bool validationInstalled()
{
    std::uint32_t count = 0;
    vkEnumerateInstanceLayerProperties(&count, nullptr);
    std::vector<VkLayerProperties> layers(count);
    vkEnumerateInstanceLayerProperties(&count, layers.data());
    return std::any_of(layers.begin(), layers.end(),
                       [](const VkLayerProperties &layer) { return std::strcmp(layer.layerName, validationLayer) == 0; });
}

VKAPI_ATTR VkBool32 VKAPI_CALL onMessage(VkDebugUtilsMessageSeverityFlagBitsEXT, VkDebugUtilsMessageTypeFlagsEXT,
                                         const VkDebugUtilsMessengerCallbackDataEXT *data, void *messages)
{
    ++*static_cast<std::atomic<int> *>(messages);
    std::fprintf(stderr, "Vulkan validation: %s\n", data->pMessage);
    return VK_FALSE;
}

/// `wanted` if all of them are in `supported`, else none.
std::vector<const char *> allOrNone(const std::vector<const char *> &wanted,
                                    const std::vector<VkExtensionProperties> &supported)
{
    const bool all = std::all_of(wanted.begin(), wanted.end(), [&](const char *name) {
        return std::any_of(supported.begin(), supported.end(), [&](const VkExtensionProperties &extension) {
            return std::strcmp(extension.extensionName, name) == 0;
        });
    });
    return all ? wanted : std::vector<const char *>();
}

std::vector<const char *> instanceExtensions()
{
    std::uint32_t count = 0;
    vkEnumerateInstanceExtensionProperties(nullptr, &count, nullptr);
    std::vector<VkExtensionProperties> supported(count);
    vkEnumerateInstanceExtensionProperties(nullptr, &count, supported.data());
    return allOrNone(sharingInstanceExtensions(), supported);
}

std::vector<const char *> deviceExtensions(VkPhysicalDevice physical)
{
    if (instanceExtensions().empty()) // the device extensions depend on them
        return {};
    std::uint32_t count = 0;
    vkEnumerateDeviceExtensionProperties(physical, nullptr, &count, nullptr);
    std::vector<VkExtensionProperties> supported(count);
    vkEnumerateDeviceExtensionProperties(physical, nullptr, &count, supported.data());
    return allOrNone(sharingDeviceExtensions(), supported);
}

std::optional<std::uint32_t> graphicsFamily(VkPhysicalDevice physical)
{
    std::uint32_t count = 0;
    vkGetPhysicalDeviceQueueFamilyProperties(physical, &count, nullptr);
    std::vector<VkQueueFamilyProperties> families(count);
    vkGetPhysicalDeviceQueueFamilyProperties(physical, &count, families.data());
    for (std::uint32_t i = 0; i < count; ++i)
        if (families[i].queueFlags & VK_QUEUE_GRAPHICS_BIT)
            return i;
    return std::nullopt;
}

int preference(VkPhysicalDeviceType type)
{
    switch (type) {
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
        return 3;
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
        return 2;
    case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
        return 1;
    default:
        return 0;
    }
}

Status createInstance(bool validation, VkInstance &instance, VkDebugUtilsMessengerEXT &messenger, std::atomic<int> &messages)
{
    VkApplicationInfo application{};
    application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO;
    application.pApplicationName = "nmscope";
    application.apiVersion = VK_API_VERSION_1_0; // sufficient here, and what QVulkanInstance requests

    VkDebugUtilsMessengerCreateInfoEXT messengerInfo{};
    messengerInfo.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT;
    messengerInfo.messageSeverity =
        VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT;
    messengerInfo.messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT;
    messengerInfo.pfnUserCallback = onMessage;
    messengerInfo.pUserData = &messages;
    const VkValidationFeatureEnableEXT synchronization = VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT;
    VkValidationFeaturesEXT features{};
    features.sType = VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT;
    features.pNext = &messengerInfo;
    features.enabledValidationFeatureCount = 1;
    features.pEnabledValidationFeatures = &synchronization;

    std::vector<const char *> extensions = instanceExtensions();
    VkInstanceCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
    info.pApplicationInfo = &application;
    if (validation) {
        info.pNext = &features;
        info.enabledLayerCount = 1;
        info.ppEnabledLayerNames = &validationLayer;
        extensions.push_back(VK_EXT_DEBUG_UTILS_EXTENSION_NAME);
    }
    info.enabledExtensionCount = static_cast<std::uint32_t>(extensions.size());
    info.ppEnabledExtensionNames = extensions.data();
    const VkResult result = vkCreateInstance(&info, nullptr, &instance);
    if (result == VK_ERROR_INCOMPATIBLE_DRIVER)
        return noDriver();
    if (auto status = check(result, "vkCreateInstance"); !status || !validation)
        return status;
    const auto create = reinterpret_cast<PFN_vkCreateDebugUtilsMessengerEXT>(
        vkGetInstanceProcAddr(instance, "vkCreateDebugUtilsMessengerEXT"));
    return check(create(instance, &messengerInfo, nullptr, &messenger), "vkCreateDebugUtilsMessengerEXT");
}

struct Choice {
    VkPhysicalDevice physical = VK_NULL_HANDLE;
    std::uint32_t family = 0;
};

Result<Choice> choosePhysical(VkInstance instance)
{
    std::uint32_t count = 0;
    vkEnumeratePhysicalDevices(instance, &count, nullptr);
    std::vector<VkPhysicalDevice> all(count);
    vkEnumeratePhysicalDevices(instance, &count, all.data());
    std::optional<Choice> best;
    int bestPreference = -1;
    for (VkPhysicalDevice physical : all) {
        VkPhysicalDeviceProperties properties;
        vkGetPhysicalDeviceProperties(physical, &properties);
        const auto family = graphicsFamily(physical);
        if (!family || preference(properties.deviceType) <= bestPreference)
            continue;
        bestPreference = preference(properties.deviceType);
        best = Choice{physical, *family};
    }
    if (best)
        return *best;
    if (all.empty())
        return noDriver();
    return fail(ErrorKind::Device, "Vulkan", "no device can draw", driverRemedy);
}

} // namespace

std::vector<const char *> sharingInstanceExtensions()
{
    return {VK_KHR_GET_PHYSICAL_DEVICE_PROPERTIES_2_EXTENSION_NAME, VK_KHR_EXTERNAL_MEMORY_CAPABILITIES_EXTENSION_NAME};
}

std::vector<const char *> sharingDeviceExtensions()
{
    return {VK_KHR_EXTERNAL_MEMORY_EXTENSION_NAME, VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME};
}

Result<std::unique_ptr<Device>> Device::createHeadless(bool validation)
{
    auto owned = std::make_unique<Owned>();
    const bool layer = validation && validationInstalled();
    if (auto status = createInstance(layer, owned->instance, owned->messenger, owned->messages); !status)
        return fail(status.error());
    const auto choice = choosePhysical(owned->instance);
    if (!choice)
        return fail(choice.error());

    const float priority = 1;
    VkDeviceQueueCreateInfo queueInfo{};
    queueInfo.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
    queueInfo.queueFamilyIndex = choice->family;
    queueInfo.queueCount = 1;
    queueInfo.pQueuePriorities = &priority;
    VkDeviceCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
    info.queueCreateInfoCount = 1;
    info.pQueueCreateInfos = &queueInfo;
    const std::vector<const char *> extensions = deviceExtensions(choice->physical);
    info.enabledExtensionCount = static_cast<std::uint32_t>(extensions.size());
    info.ppEnabledExtensionNames = extensions.data();
    const VkResult result = vkCreateDevice(choice->physical, &info, nullptr, &owned->device);
    if (auto status = check(result, "vkCreateDevice"); !status)
        return fail(status.error());

    std::unique_ptr<Device> device(new Device);
    device->m_instance = owned->instance;
    device->m_physical = choice->physical;
    device->m_device = owned->device;
    device->m_queueFamily = choice->family;
    vkGetDeviceQueue(owned->device, choice->family, 0, &device->m_queue);
    device->m_owned = std::move(owned);
    return device;
}

Device Device::borrow(VkInstance instance, VkPhysicalDevice physical, VkDevice device, VkQueue queue,
                      std::uint32_t queueFamily)
{
    Device borrowed;
    borrowed.m_instance = instance;
    borrowed.m_physical = physical;
    borrowed.m_device = device;
    borrowed.m_queue = queue;
    borrowed.m_queueFamily = queueFamily;
    return borrowed;
}

Device::~Device() = default;
Device::Device(Device &&other) noexcept = default;

std::string Device::name() const
{
    VkPhysicalDeviceProperties properties;
    vkGetPhysicalDeviceProperties(m_physical, &properties);
    return properties.deviceName;
}

std::uint32_t Device::maxImageSide() const
{
    VkPhysicalDeviceProperties properties;
    vkGetPhysicalDeviceProperties(m_physical, &properties);
    return properties.limits.maxImageDimension2D;
}

int Device::validationMessages() const
{
    return m_owned ? m_owned->messages.load() : 0;
}

} // namespace nms::vulkan
