//! Checksums: CRC-32 and the CRC of BinHex; no unsafe.

const TABLES: [[u32; 256]; 8] = {
    let mut tables = [[0u32; 256]; 8];
    let mut i = 0;
    while i < 256 {
        let (mut crc, mut bit) = (i as u32, 0);
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
            bit += 1;
        }
        tables[0][i] = crc;
        i += 1;
    }
    let mut t = 1;
    while t < 8 {
        let mut i = 0;
        while i < 256 {
            let before = tables[t - 1][i];
            tables[t][i] = before >> 8 ^ tables[0][(before & 0xFF) as usize];
            i += 1;
        }
        t += 1;
    }
    tables
};

/// CRC-32 of the data, going on from an earlier value (0 to begin with); eight bytes at a time.
pub fn crc32(data: &[u8], start: u32) -> u32 {
    let mut crc = !start;
    let (words, rest) = data.as_chunks::<8>();
    for word in words {
        let word = u64::from_le_bytes(*word) ^ u64::from(crc);
        crc = (0..8).fold(0, |crc, i| crc ^ TABLES[7 - i][(word >> (8 * i) & 0xFF) as usize]);
    }
    for &b in rest {
        crc = crc >> 8 ^ TABLES[0][((crc ^ u32::from(b)) & 0xFF) as usize];
    }
    !crc
}

/// `binascii.crc_hqx`: polynomial 0x1021, most significant bit first.
pub fn crc_hqx(data: &[u8], start: u16) -> u16 {
    let step = |crc: u16, b: &u8| {
        let mixed = crc ^ u16::from(*b) << 8;
        (0..8).fold(mixed, |crc, _| if crc & 0x8000 != 0 { crc << 1 ^ 0x1021 } else { crc << 1 })
    };
    data.iter().fold(start, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        assert_eq!((crc32(b"hello", 0), crc32(b"hello", 123)), (907060870, 3088217944));
        assert_eq!((crc_hqx(b"hello", 0), crc_hqx(b"hello", 0xFFFF)), (50018, 53870));
        let long: Vec<u8> = (0..1000).map(|i| (i * 7) as u8).collect();
        assert_eq!(crc32(&long[333..], crc32(&long[..333], 0)), crc32(&long, 0));
    }
}
