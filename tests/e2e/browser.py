# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's Chromium, driven as a user would."""
import base64
import contextlib
import os
import pathlib
import tempfile

from selenium import webdriver
from selenium.common.exceptions import (StaleElementReferenceException,
                                        TimeoutException)
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys  # noqa: F401
from selenium.webdriver.support.ui import WebDriverWait

SCREENS = pathlib.Path(__file__).parents[2] / "build/screens"
PHONE, DESK = (390, 844), (1280, 900)


class Browser:
    def __init__(self, driver):
        self.driver = driver

    def open(self, url):
        self.driver.get(url)

    def find(self, css):
        """The first one, once it is there."""
        return self.wait(lambda b: b.all(css))[0]

    def all(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def text(self, css):
        return self.find(css).text

    def click(self, css):
        self.driver.execute_script(
            "arguments[0].scrollIntoView({block: 'center'})", self.find(css))
        self.find(css).click()

    def type(self, css, text):
        self.find(css).clear()
        self.find(css).send_keys(text)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def wait(self, question, seconds=20):
        """Until question(self) is true; its value."""
        try:
            return WebDriverWait(self.driver, seconds, 0.05, (
                StaleElementReferenceException,)).until(
                    lambda _: question(self))
        except TimeoutException:
            raise AssertionError("%s\n%s" % (
                self.run("return document.body.innerText"),
                self.console())) from None

    def wait_text(self, css, part, seconds=20):
        self.wait(lambda b: any(part in e.text for e in b.all(css)), seconds)

    def cdp(self, command, **arguments):
        return self.driver.execute_cdp_cmd(command, arguments)

    def look_as(self, size, dark=False):
        self.cdp("Emulation.setDeviceMetricsOverride", width=size[0],
                 height=size[1], deviceScaleFactor=1,
                 mobile=size == PHONE)
        self.cdp("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme",
             "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce"}])

    def switch(self, tab):
        self.driver.switch_to.window(tab)
        self.cdp("Page.bringToFront")

    def width(self):
        return self.run("return document.documentElement.scrollWidth")

    def shoot(self, name):
        """The whole page, at a phone's and a desk's width, light and dark."""
        SCREENS.mkdir(parents=True, exist_ok=True)
        for size in (PHONE, DESK):
            for dark in (False, True):
                self.look_as(size, dark)
                assert self.width() <= size[0], (name, size)
                data = self.cdp("Page.captureScreenshot", format="png",
                                captureBeyondViewport=True)["data"]
                (SCREENS / ("%s-%d-%s.png" % (
                    name, size[0], "dark" if dark else "light"))).write_bytes(
                        base64.b64decode(data))
        self.look_as(DESK)

    def console(self):
        """What it complains of; forgotten by asking."""
        return [e["message"] for e in self.driver.get_log("browser")
                if e["level"] == "SEVERE"]

    def without_script(self, off=True):
        self.cdp("Emulation.setScriptExecutionDisabled", value=off)


@contextlib.contextmanager
def started():
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    with tempfile.TemporaryDirectory(prefix="likesync-browser-") as home:
        for word in ("--headless=new", "--no-sandbox", "--disable-gpu",
                     "--disable-dev-shm-usage", "--no-first-run",
                     "--disable-background-networking", "--mute-audio",
                     "--disable-background-timer-throttling",
                     "--disable-renderer-backgrounding",
                     "--disable-backgrounding-occluded-windows",
                     "--autoplay-policy=no-user-gesture-required",
                     "--user-data-dir=" + home):
            options.add_argument(word)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        service = Service("/usr/bin/chromedriver",
                          env={**os.environ, "HOME": home})
        driver = webdriver.Chrome(service=service, options=options)
        try:
            b = Browser(driver)
            b.look_as(DESK)
            yield b
        finally:
            driver.quit()
