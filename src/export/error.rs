//! What can go wrong while a file is put together.

/// A file that could not be built. None of these is the reader's mistake; nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The Word container could not be written in memory: the maintainers of this program act.
    #[error("Word 文件生成失败（{0}）：请保留本提示并联系软件维护人员，清单数据未受影响")]
    Container(#[from] zip::result::ZipError),
    /// A part of the Word container could not be written in memory: as above.
    #[error("Word 文件生成失败（{0}）：内存不足时请减少一次导出的条数，清单数据未受影响")]
    Part(#[from] std::io::Error),
    /// The workbook writer refused a cell or a sheet: the maintainers of this program act.
    #[error("Excel 文件生成失败（{0}）：请减少一次导出的条数后重试，清单数据未受影响")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// A value could not be written as JSON: the maintainers of this program act.
    #[error("JSON 输出失败（{0}）：请保留本提示并联系软件维护人员，清单数据未受影响")]
    Json(#[from] serde_json::Error),
    /// A moment outside the years a spreadsheet can hold (1900–9999): the operator checks the machine's clock.
    #[error("日期 {0} 超出电子表格可表示的范围：请核对本机时钟和登记的日期")]
    Date(String),
}
